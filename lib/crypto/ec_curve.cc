// SPDX-License-Identifier: Apache-2.0
#include "crypto/ec_curve.h"

#include <array>
#include <string>
#include <utility>

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "bytes/hex.h"
#include "crypto/detail/number.h"
#include "crypto/detail/point.h"

namespace cose::crypto {

namespace {

using detail::Number;
using Group = Handle<ec_group_st>;

struct CurveRow {
  CurveName name;
  std::string_view text;
  int openssl_name;
};

// In the order of CurveName.
constexpr std::array<CurveRow, 31> kCurves{{
    {CurveName::kP192, "P-192", NID_X9_62_prime192v1},
    {CurveName::kP224, "P-224", NID_secp224r1},
    {CurveName::kP256, "P-256", NID_X9_62_prime256v1},
    {CurveName::kP384, "P-384", NID_secp384r1},
    {CurveName::kP521, "P-521", NID_secp521r1},
    {CurveName::kSecp256k1, "secp256k1", NID_secp256k1},
    {CurveName::kBrainpoolP160r1, "brainpoolP160r1", NID_brainpoolP160r1},
    {CurveName::kBrainpoolP192r1, "brainpoolP192r1", NID_brainpoolP192r1},
    {CurveName::kBrainpoolP192t1, "brainpoolP192t1", NID_brainpoolP192t1},
    {CurveName::kBrainpoolP224r1, "brainpoolP224r1", NID_brainpoolP224r1},
    {CurveName::kBrainpoolP224t1, "brainpoolP224t1", NID_brainpoolP224t1},
    {CurveName::kBrainpoolP256r1, "brainpoolP256r1", NID_brainpoolP256r1},
    {CurveName::kBrainpoolP256t1, "brainpoolP256t1", NID_brainpoolP256t1},
    {CurveName::kBrainpoolP320r1, "brainpoolP320r1", NID_brainpoolP320r1},
    {CurveName::kBrainpoolP320t1, "brainpoolP320t1", NID_brainpoolP320t1},
    {CurveName::kBrainpoolP384r1, "brainpoolP384r1", NID_brainpoolP384r1},
    {CurveName::kBrainpoolP384t1, "brainpoolP384t1", NID_brainpoolP384t1},
    {CurveName::kBrainpoolP512r1, "brainpoolP512r1", NID_brainpoolP512r1},
    {CurveName::kBrainpoolP512t1, "brainpoolP512t1", NID_brainpoolP512t1},
    {CurveName::kK163, "K-163", NID_sect163k1},
    {CurveName::kB163, "B-163", NID_sect163r2},
    {CurveName::kK233, "K-233", NID_sect233k1},
    {CurveName::kB233, "B-233", NID_sect233r1},
    {CurveName::kK283, "K-283", NID_sect283k1},
    {CurveName::kB283, "B-283", NID_sect283r1},
    {CurveName::kK409, "K-409", NID_sect409k1},
    {CurveName::kB409, "B-409", NID_sect409r1},
    {CurveName::kK571, "K-571", NID_sect571k1},
    {CurveName::kB571, "B-571", NID_sect571r1},
    {CurveName::kSm2, "SM2", NID_sm2},
    {CurveName::kFrp256v1, "FRP256v1", NID_undef},
}};

constexpr std::size_t index_of(CurveName name) {
  return static_cast<std::size_t>(name);
}

constexpr bool in_order() {
  for (std::size_t at = 0; at < kCurves.size(); ++at)
    if (index_of(kCurves[at].name) != at) return false;
  return true;
}
static_assert(in_order());

std::size_t field_size_of(const EC_GROUP* group) {
  return (static_cast<std::size_t>(EC_GROUP_get_degree(group)) + 7) / 8;
}

EcDomain domain_of(const EC_GROUP* group) {
  const auto context = detail::new_number_context();
  const auto p = detail::new_number();
  const auto a = detail::new_number();
  const auto b = detail::new_number();
  COSE_ASSERT(EC_GROUP_get_curve(group, p.get(), a.get(), b.get(), context.get()) == 1);
  const auto size = field_size_of(group);
  const auto* order = EC_GROUP_get0_order(group);
  EcDomain domain;
  domain.field = EC_GROUP_get_field_type(group) == NID_X9_62_prime_field ? FieldKind::kPrime : FieldKind::kBinary;
  domain.p = detail::natural_octets(p.get());
  domain.a = detail::fixed_octets(a.get(), size);
  domain.b = detail::fixed_octets(b.get(), size);
  domain.generator = detail::encode_point(group, EC_GROUP_get0_generator(group), PointForm::kUncompressed);
  domain.order = detail::natural_octets(order);
  domain.cofactor = static_cast<std::uint32_t>(BN_get_word(EC_GROUP_get0_cofactor(group)));
  return domain;
}

// A curve that OpenSSL does not know by name.
constexpr std::string_view kFrp256v1Prime = "F1FD178C0B3AD58F10126DE8CE42435B3961ADBCABC8CA6DE8FCF353D86E9C03";
constexpr std::string_view kFrp256v1A = "F1FD178C0B3AD58F10126DE8CE42435B3961ADBCABC8CA6DE8FCF353D86E9C00";
constexpr std::string_view kFrp256v1B = "EE353FCA5428A9300D4ABA754A44C00FDFEC0C9AE4B1A1803075ED967B7BB73F";
constexpr std::string_view kFrp256v1Generator =
    "04B6B3D4C356C139EB31183D4749D423958C27D2DCAF98B70164C97A2DD98F5CFF"
    "6142E0F7C8B204911F9271F0F3ECEF8C2701C307E8E4C9E183115A1554062CFB";
constexpr std::string_view kFrp256v1Order = "F1FD178C0B3AD58F10126DE8CE42435B53DC67E140D2BF941FFDD459C6D655E1";

struct NamedGroup {
  std::shared_ptr<const EC_GROUP> group;  // null: not offered
  EcDomain domain;
};
using NamedGroups = std::array<NamedGroup, kCurves.size()>;

Group frp256v1() {
  const auto number = [](std::string_view digits) {
    return detail::number_from("FRP256v1", from_hex(digits).value(), 32);
  };
  const auto context = detail::new_number_context();
  Group group(EC_GROUP_new_curve_GFp(number(kFrp256v1Prime)->get(), number(kFrp256v1A)->get(),
                                     number(kFrp256v1B)->get(), context.get()));
  const auto generator = detail::decode_point(group.get(), from_hex(kFrp256v1Generator).value());
  COSE_ASSERT(EC_GROUP_set_generator(group.get(), generator->get(), number(kFrp256v1Order)->get(), nullptr) == 1);
  return group;
}

NamedGroups make_named_groups() {
  NamedGroups groups;
  for (const auto& row : kCurves) {
    auto group = row.name == CurveName::kFrp256v1
                     ? frp256v1()
                     : Group(EC_GROUP_new_by_curve_name_ex(nullptr, nullptr, row.openssl_name));
    if (group == nullptr) continue;
    auto& named = groups[index_of(row.name)];
    named.domain = domain_of(group.get());
    named.group = std::move(group);
  }
  detail::forget_failures();
  return groups;
}

const NamedGroups& named_groups() {
  // Made once and constant from then on: a description is only read.
  static const NamedGroups groups = make_named_groups();
  return groups;
}

std::unexpected<Error> wrong(std::string_view parameter, std::string_view why) {
  return detail::refusal(ErrorKind::kInvalid, "elliptic curve: " + std::string(parameter) + " " + std::string(why));
}

bool is_named_prime(const Bytes& p) {
  for (const auto& named : named_groups())
    if (named.group != nullptr && named.domain.field == FieldKind::kPrime && named.domain.p == p) return true;
  return false;
}

Status check_field(FieldKind field, const BIGNUM* p) {
  const auto bits = static_cast<std::size_t>(BN_num_bits(p)) - (field == FieldKind::kBinary && !BN_is_zero(p) ? 1 : 0);
  const auto maximum = field == FieldKind::kPrime ? kMaximumPrimeFieldBits : kMaximumBinaryFieldBits;
  if (bits < kMinimumFieldBits || bits > maximum)
    return fail(ErrorKind::kUnsupported, "elliptic curve field: expected " + std::to_string(kMinimumFieldBits) +
                                             " to " + std::to_string(maximum) + " bits, found " + std::to_string(bits));
  // A polynomial without constant term is divisible by x.
  if (!BN_is_odd(p)) return wrong("p", "is even");
  if (field == FieldKind::kBinary || is_named_prime(detail::natural_octets(p))) return {};
  COSE_TRY(const bool prime, detail::is_prime(p));
  if (!prime) return wrong("p", "is no prime");
  return {};
}

// The curve y^2 = x^3 + a x + b, or y^2 + x y = x^3 + a x^2 + b, still without generator.
Result<Group> make_equation(const EcDomain& domain) {
  constexpr std::size_t kMaximumOctets = kMaximumBinaryFieldBits / 8 + 1;
  COSE_TRY(const auto p, detail::number_from("elliptic curve p", domain.p, kMaximumOctets));
  COSE_TRY(const auto a, detail::number_from("elliptic curve a", domain.a, kMaximumOctets));
  COSE_TRY(const auto b, detail::number_from("elliptic curve b", domain.b, kMaximumOctets));
  COSE_CHECK(check_field(domain.field, p.get()));
  const bool prime = domain.field == FieldKind::kPrime;
  // SEC 1 §3.1.1.2.1 step 2: field elements, already reduced.
  const auto is_element = [&](const Number& n) {
    return prime ? BN_cmp(n.get(), p.get()) < 0 : BN_num_bits(n.get()) < BN_num_bits(p.get());
  };
  if (!is_element(a)) return wrong("a", "is no element of the field");
  if (!is_element(b)) return wrong("b", "is no element of the field");
  const auto context = detail::new_number_context();
  Group group(prime ? EC_GROUP_new_curve_GFp(p.get(), a.get(), b.get(), context.get())
                    : EC_GROUP_new_curve_GF2m(p.get(), a.get(), b.get(), context.get()));
  if (group == nullptr) return wrong("p, a, b", "are no curve that OpenSSL knows");
  return group;
}

Status set_generator(EC_GROUP* group, const EcDomain& domain) {
  COSE_TRY(const auto order, detail::number_from("elliptic curve order", domain.order, domain.p.size() + 1));
  const auto generator = detail::decode_point(group, domain.generator);
  if (!generator) return wrong("generator", "is no point of the curve");
  // OpenSSL computes the cofactor from the order with Hasse's theorem, and fails to when the order is too small for it.
  if (EC_GROUP_set_generator(group, generator->get(), order.get(), nullptr) != 1)
    return wrong("order", "is out of range");
  const auto* cofactor = EC_GROUP_get0_cofactor(group);
  if (BN_is_zero(cofactor) || BN_num_bits(cofactor) > 32) return wrong("order", "is too small");
  if (domain.cofactor != 0 && BN_is_word(cofactor, domain.cofactor) != 1) return wrong("cofactor", "does not fit");
  return {};
}

// SEC 1 §3.1.1.2.1 steps 4, 5, 7, 8: what a named curve is known to satisfy.
Status prove(const EC_GROUP* group, const EcDomain& domain) {
  const auto* order = EC_GROUP_get0_order(group);
  COSE_TRY(const bool prime, detail::is_prime(order));
  if (!prime) return wrong("order", "is no prime");
  if (domain.field == FieldKind::kPrime && BN_cmp(order, EC_GROUP_get0_field(group)) == 0)
    return wrong("order", "equals p: the curve is anomalous");
  const auto context = detail::new_number_context();
  if (EC_GROUP_check(group, context.get()) != 1) return wrong("parameters", "do not belong together");
  return {};
}

}  // namespace

std::string_view to_string(CurveName name) {
  return kCurves[index_of(name)].text;
}

std::optional<CurveName> curve_named(std::string_view text) {
  for (const auto& row : kCurves)
    if (row.text == text) return row.name;
  return std::nullopt;
}

EcCurve::EcCurve(std::optional<CurveName> name, std::shared_ptr<const ec_group_st> group)
    : name_(name), group_(std::move(group)) {}

Result<EcCurve> EcCurve::named(CurveName name) {
  const auto& found = named_groups()[index_of(name)];
  if (found.group == nullptr)
    return detail::refusal(ErrorKind::kUnsupported, std::string(to_string(name)) + " is not offered by this OpenSSL");
  return EcCurve(name, found.group);
}

Result<EcCurve> EcCurve::from_domain(const EcDomain& domain) {
  COSE_TRY(auto group, make_equation(domain));
  COSE_CHECK(set_generator(group.get(), domain));
  const auto normal = domain_of(group.get());
  for (const auto& row : kCurves) {
    const auto& named = named_groups()[index_of(row.name)];
    if (named.group != nullptr && named.domain == normal) return EcCurve(row.name, named.group);
  }
  COSE_CHECK(prove(group.get(), domain));
  return EcCurve(std::nullopt, std::move(group));
}

EcDomain EcCurve::domain() const {
  return domain_of(group_.get());
}

std::size_t EcCurve::field_size() const {
  return field_size_of(group_.get());
}

std::size_t EcCurve::order_size() const {
  return detail::octets_in(EC_GROUP_get0_order(group_.get()));
}

std::size_t EcCurve::order_bits() const {
  return static_cast<std::size_t>(EC_GROUP_order_bits(group_.get()));
}

bool operator==(const EcCurve& left, const EcCurve& right) {
  return left.group_ == right.group_ || EC_GROUP_cmp(left.group(), right.group(), nullptr) == 0;
}

}  // namespace cose::crypto
