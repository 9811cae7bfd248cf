// SPDX-License-Identifier: Apache-2.0
// Applet component, JCVM 3.1 §6.6.
#include "cap/detail/fields.h"
#include "cap/parse.h"
#include "cap/write.h"

namespace cose::cap {

Result<std::vector<AppletInfo>> parse_applet(ByteView info, Format format) {
  Reader reader(info);
  COSE_TRY(const auto count, reader.u8());
  COSE_TRY(auto applets, detail::read_list(count, [&]() -> Result<AppletInfo> {
             AppletInfo applet;
             COSE_TRY(const auto aid, reader.take_with_length8());
             applet.aid = to_bytes(aid);
             COSE_TRY(applet.install_method, detail::read_method_location(reader, format));
             return applet;
           }));
  COSE_CHECK(reader.expect_end());
  return applets;
}

Result<Bytes> write_applet(const std::vector<AppletInfo>& applets, Format format) {
  detail::FieldWriter writer;
  writer.count8(applets.size(), "applet count");
  for (const auto& applet : applets)
    writer.run8(applet.aid, "AID_length").method_location(applet.install_method, format);
  return writer.finish();
}

}  // namespace cose::cap
