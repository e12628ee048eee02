#include "sys/btf.hh"

#include <linux/btf.h>

#include <cstring>

namespace mpb {

namespace {

// Nothing if the bytes end before.
template <class T>
std::optional<T> value_at(std::string_view bytes, std::size_t at) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string_view part_of(std::string_view bytes, std::size_t at, std::size_t length) {
  return at > bytes.size() ? std::string_view{} : bytes.substr(at, length);
}

// The bytes that follow a btf_type; nothing for a kind that is not known.
std::optional<std::size_t> bytes_after(std::uint32_t info) {
  const std::size_t members = BTF_INFO_VLEN(info);
  switch (BTF_INFO_KIND(info)) {
    case BTF_KIND_INT:
      return sizeof(std::uint32_t);
    case BTF_KIND_ARRAY:
      return sizeof(btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return members * sizeof(btf_member);
    case BTF_KIND_ENUM:
      return members * sizeof(btf_enum);
    case BTF_KIND_FUNC_PROTO:
      return members * sizeof(btf_param);
    case BTF_KIND_VAR:
      return sizeof(btf_var);
    case BTF_KIND_DATASEC:
      return members * sizeof(btf_var_secinfo);
    case BTF_KIND_DECL_TAG:
      return sizeof(btf_decl_tag);
    case BTF_KIND_ENUM64:
      return members * sizeof(btf_enum64);
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case BTF_KIND_FLOAT:
    case BTF_KIND_TYPE_TAG:
      return 0;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::uint32_t> btf_function(std::string_view btf, std::string_view name) {
  const std::optional<btf_header> header = value_at<btf_header>(btf, 0);
  if (!header || header->magic != BTF_MAGIC) return std::nullopt;
  const std::size_t data = header->hdr_len;
  const std::string_view types = part_of(btf, data + header->type_off, header->type_len);
  const std::string_view texts = part_of(btf, data + header->str_off, header->str_len);
  std::uint32_t number = 1;  // 0 is void
  for (std::size_t at = 0;; ++number) {
    const std::optional<btf_type> type = value_at<btf_type>(types, at);
    const std::optional<std::size_t> more = type ? bytes_after(type->info) : std::nullopt;
    if (!more) return std::nullopt;
    const std::string_view text = part_of(texts, type->name_off, texts.size());
    if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC && text.substr(0, text.find('\0')) == name)
      return number;
    at += sizeof *type + *more;
  }
}

}  // namespace mpb
