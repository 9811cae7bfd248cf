// SPDX-License-Identifier: Apache-2.0
// Key objects as keys of lib/crypto, made when an object is initialized with them.
//
// What a key object says may be anything (an applet set it): Errors name what is wrong and become ILLEGAL_VALUE. The
// curve of a key is kept beside it, since proving parameters costs more than using them.
#pragma once

#include "crypto/dh.h"
#include "crypto/dsa.h"
#include "crypto/ec_key.h"
#include "crypto/edwards.h"
#include "crypto/rsa.h"
#include "jcapi/detail/key_object.h"
#include "jcapi/detail/named_parameters.h"

namespace cose::jcapi::detail {

[[nodiscard]] bool is_ec_public(const KeyObject& key);  // ECPublicKey, or an XEC key with a point
[[nodiscard]] bool is_ec_private(const KeyObject& key);
[[nodiscard]] bool is_rsa_private(const KeyObject& key);

// Null: no XEC key, or one of other curves.
[[nodiscard]] const crypto::XdhCurve* xdh_curve_of(const KeyObject& key);
[[nodiscard]] const crypto::EddsaCurve* eddsa_curve_of(const KeyObject& key);

[[nodiscard]] Result<crypto::RsaPublicKey> rsa_public_of(const KeyObject& key);
[[nodiscard]] Result<crypto::RsaPrivateKey> rsa_private_of(const KeyObject& key);
// EC keys and parameters.
[[nodiscard]] crypto::EcDomain ec_domain_of(const KeyObject& key);
[[nodiscard]] Result<crypto::EcCurve> ec_curve_of(NativeCall& call, const KeyObject& key);
[[nodiscard]] Result<crypto::EcPublicKey> ec_public_of(NativeCall& call, const KeyObject& key);
[[nodiscard]] Result<crypto::EcPrivateKey> ec_private_of(NativeCall& call, const KeyObject& key);
[[nodiscard]] crypto::DhDomain dh_domain_of(const KeyObject& key);
[[nodiscard]] Result<crypto::DhPrivateKey> dh_private_of(const KeyObject& key);
[[nodiscard]] crypto::DsaDomain dsa_domain_of(const KeyObject& key);

}  // namespace cose::jcapi::detail
