// SPDX-License-Identifier: Apache-2.0
#include "softse/soft_card.h"

namespace cose::softse {

SoftCard::SoftCard(std::shared_ptr<const CardProduct> product, std::shared_ptr<gpcard::PackageLibrary> library,
                   std::shared_ptr<Rng> rng, std::unique_ptr<jcre::Runtime> runtime)
    : product_(std::move(product)),
      library_(std::move(library)),
      rng_(std::move(rng)),
      runtime_(std::move(runtime)),
      manager_(std::make_unique<gpcard::CardManager>(*runtime_, product_->profile, *library_)) {}

SoftCard::~SoftCard() = default;

Result<Bytes> SoftCard::power_up(iso7816::ResetKind) {
  has_power_ = true;
  manager_->reset();
  return manager_->answer_to_reset();
}

Status SoftCard::transmit(ByteView command, Bytes& response) {
  if (!has_power_) return fail(ErrorKind::kUnresponsive, "the card has no power");
  if (is_for_reader(command))
    answer_as_reader(reader_face(), command, response);
  else
    manager_->transmit(command, response);
  return {};
}

ReaderFace SoftCard::reader_face() const {
  constexpr std::uint32_t kProductionData = 0x9F7F;
  const auto found = manager_->registry().find_data(manager_->issuer_domain(), kProductionData);
  const auto& reader = product_->reader;
  return {.uid = uid_of_card(reader.uid, found ? ByteView(found->value.value) : ByteView()), .ats = reader.ats};
}

Status SoftCard::power_down() {
  if (!has_power_) return {};
  has_power_ = false;
  runtime_->reset();
  runtime_->machine().release_working_memory();
  return {};
}

std::size_t SoftCard::footprint() const {
  return sizeof(*this) + sizeof(*runtime_) + sizeof(*manager_) + runtime_->machine().heap().footprint();
}

}  // namespace cose::softse
