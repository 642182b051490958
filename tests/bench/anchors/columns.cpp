// Every message of the mixed drive as typed columns: the message index, and CAN frames, IMU samples, poses, fixes,
// object lists (CDR, JSON, protobuf) and image headers, field by field. Columns are handed on per 16 chunks: a consumer
// gets them and their memory is used again. The types are known at compile time, which no general reader can have.
#include <charconv>

#include "walk.hpp"

template <class T>
using Column = std::vector<T>;

struct Texts {
  Column<uint32_t> ends;
  Column<char> bytes;
  void add(const char* at, size_t size) {
    bytes.insert(bytes.end(), at, at + size);
    ends.push_back(uint32_t(bytes.size()));
  }
  void clear() { ends.clear(), bytes.clear(); }
  size_t size() const { return ends.size() * 4 + bytes.size(); }
};

// Doubles of a row side by side in the message: one column each.
template <int N>
struct Doubles {
  Column<double> columns[N];
  void add(int column, double value) { columns[column].push_back(value); }
  void clear() {
    for (auto& column : columns) column.clear();
  }
  size_t size() const { return columns[0].size() * 8 * N; }
};

struct Rows {
  Column<uint32_t> message;
  Column<int64_t> stamp;
  Texts frame;
  void add(uint32_t number, int64_t stamp_ns) { message.push_back(number), stamp.push_back(stamp_ns); }
  void clear() { message.clear(), stamp.clear(), frame.clear(); }
  size_t size() const { return message.size() * 12 + frame.size(); }
};

struct Index : Rows {
  Column<uint16_t> channel;
  Column<uint32_t> sequence;
  Column<uint64_t> log_time, publish_time, payload_offset, length;
  void add(const Message& m) {
    channel.push_back(m.channel), sequence.push_back(m.sequence), log_time.push_back(m.log_time);
    publish_time.push_back(m.publish_time), payload_offset.push_back(m.payload_offset), length.push_back(m.length);
  }
  void clear() {
    channel.clear(), sequence.clear(), log_time.clear(), publish_time.clear(), payload_offset.clear(), length.clear();
  }
};

struct Cdr {
  const uint8_t *origin, *at;
  explicit Cdr(const uint8_t* data) : origin(data + 4), at(data + 4) {}
  template <class T>
  T get() {
    at = origin + ((at - origin + sizeof(T) - 1) & ~(sizeof(T) - 1));
    T value = load<T>(at);
    at += sizeof(T);
    return value;
  }
  void keep(Texts& texts) {
    uint32_t size = get<uint32_t>();
    texts.add(reinterpret_cast<const char*>(at), size ? size - 1 : 0);
    at += size;
  }
  void skip_text() {
    uint32_t size = get<uint32_t>();
    at += size;
  }
  int64_t stamp() {
    int64_t seconds = get<int32_t>();
    return seconds * 1000000000 + get<uint32_t>();
  }
  template <class D>
  void doubles(D& to, int first, int count) {
    for (int i = 0; i < count; ++i) to.add(first + i, get<double>());
  }
  void skip_doubles(int count) {
    if (count) get<double>(), at += 8 * (count - 1);
  }
};

struct Frames : Rows {
  Column<uint32_t> id;
  Column<uint8_t> rtr, extended, error, dlc;
  Column<uint64_t> data;
  void clear() { Rows::clear(), id.clear(), rtr.clear(), extended.clear(), error.clear(), dlc.clear(), data.clear(); }
  void add(uint32_t number, const Message& m) {
    Cdr in(m.data);
    Rows::add(number, in.stamp());
    in.skip_text();
    id.push_back(in.get<uint32_t>()), rtr.push_back(in.get<uint8_t>()), extended.push_back(in.get<uint8_t>());
    error.push_back(in.get<uint8_t>()), dlc.push_back(in.get<uint8_t>()), data.push_back(load<uint64_t>(in.at));
  }
};

struct Imu : Rows {
  Doubles<6> values;
  Column<double> absent;
  void clear() { Rows::clear(), values.clear(), absent.clear(); }
  void add(uint32_t number, const Message& m) {
    Cdr in(m.data);
    Rows::add(number, in.stamp());
    in.keep(frame);
    in.skip_doubles(13);
    in.doubles(values, 0, 3);
    absent.push_back(in.get<double>());
    in.skip_doubles(8);
    in.doubles(values, 3, 3);
    absent.push_back(in.get<double>());
  }
};

struct Poses : Rows {
  Doubles<13> values;
  void clear() { Rows::clear(), values.clear(); }
  void add(uint32_t number, const Message& m) {
    Cdr in(m.data);
    Rows::add(number, in.stamp());
    in.keep(frame);
    in.skip_text();
    in.doubles(values, 0, 7);
    in.skip_doubles(36);
    in.doubles(values, 7, 6);
  }
};

struct Fixes : Rows {
  Column<int8_t> status;
  Doubles<3> values;
  void clear() { Rows::clear(), status.clear(), values.clear(); }
  void add(uint32_t number, const Message& m) {
    Cdr in(m.data);
    Rows::add(number, in.stamp());
    in.skip_text();
    status.push_back(in.get<int8_t>());
    in.get<uint16_t>();
    in.doubles(values, 0, 3);
  }
};

struct Objects : Rows {
  Column<uint32_t> position;
  Doubles<10> box;
  Texts track, name;
  Column<double> score;
  void clear() {
    Rows::clear(), position.clear(), box.clear(), track.clear(), name.clear(), score.clear();
  }
  void add_list(uint32_t number, const Message& m) {
    Cdr in(m.data);
    int64_t stamp = in.stamp();
    in.skip_text();
    uint32_t count = in.get<uint32_t>();
    for (uint32_t i = 0; i < count; ++i) {
      Rows::add(number, stamp);
      position.push_back(i);
      in.get<int32_t>(), in.get<uint32_t>();
      in.keep(frame);
      uint32_t results = in.get<uint32_t>();
      for (uint32_t r = 0; r < results; ++r) {
        r ? in.skip_text() : in.keep(name);
        double value = in.get<double>();
        if (!r) score.push_back(value);
        in.skip_doubles(43);
      }
      in.doubles(box, 0, 10);
      in.keep(track);
    }
  }
};

struct Proto {
  const uint8_t *at, *end;
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; at < end; shift += 7) {
      uint8_t octet = *at++;
      value |= uint64_t(octet & 0x7F) << shift;
      if (octet < 0x80) break;
    }
    return value;
  }
  Proto part() {
    uint64_t size = varint();
    Proto inside{at, at + size};
    at += size;
    return inside;
  }
  void skip(int wire) {
    if (wire == 0) varint();
    if (wire == 1) at += 8;
    if (wire == 2) part();
    if (wire == 5) at += 4;
  }
  // Up to N doubles with field numbers 1..N.
  template <int N>
  void vector(double (&values)[N]) {
    while (at < end) {
      uint64_t tag = varint(), field = tag >> 3;
      if ((tag & 7) == 1 && field <= N) values[field - 1] = load<double>(at);
      skip(tag & 7);
    }
  }
};

struct Scenes : Objects {
  void add_scene(uint32_t number, const Message& m) {
    Proto in{m.data, m.data + m.length};
    uint32_t index = 0;
    while (in.at < in.end) {
      uint64_t tag = in.varint();
      if (tag != (2 << 3 | 2)) {
        in.skip(tag & 7);
        continue;
      }
      entity(number, index, in.part());
    }
  }
  void entity(uint32_t number, uint32_t& index, Proto in) {
    int64_t stamp = 0;
    Proto id{}, frame_id{}, kind{};
    while (in.at < in.end) {
      uint64_t tag = in.varint(), field = tag >> 3;
      if ((tag & 7) != 2 || (field > 3 && field != 6 && field != 8)) {
        in.skip(tag & 7);
        continue;
      }
      Proto part = in.part();
      if (field == 1) {
        while (part.at < part.end) {
          uint64_t inner = part.varint();
          uint64_t value = part.varint();
          stamp += inner >> 3 == 1 ? int64_t(value) * 1000000000 : int64_t(value);
        }
      } else if (field == 2) {
        frame_id = part;
      } else if (field == 3) {
        id = part;
      } else if (field == 6) {
        Proto key{}, value{};
        while (part.at < part.end) (part.varint() >> 3 == 1 ? key : value) = part.part();
        if (key.end - key.at == 5 && !std::memcmp(key.at, "class", 5)) kind = value;
      } else {
        cube(number, index++, stamp, part);
        keep(track, id), keep(frame, frame_id), keep(name, kind);
      }
    }
  }
  static void keep(Texts& texts, const Proto& part) {
    texts.add(reinterpret_cast<const char*>(part.at), part.end - part.at);
  }
  void cube(uint32_t number, uint32_t index, int64_t stamp, Proto in) {
    double place[3] = {}, turn[4] = {}, size[3] = {};
    while (in.at < in.end) {
      uint64_t tag = in.varint(), field = tag >> 3;
      if ((tag & 7) != 2 || field > 2) {
        in.skip(tag & 7);
        continue;
      }
      Proto part = in.part();
      if (field == 2) {
        part.vector(size);
        continue;
      }
      while (part.at < part.end) {
        uint64_t inner = part.varint();
        inner >> 3 == 1 ? part.part().vector(place) : part.part().vector(turn);
      }
    }
    Rows::add(number, stamp);
    position.push_back(index);
    for (int i = 0; i < 3; ++i) box.add(i, place[i]);
    for (int i = 0; i < 4; ++i) box.add(3 + i, turn[i]);
    for (int i = 0; i < 3; ++i) box.add(7 + i, size[i]);
  }
};

struct Json {
  const char *at, *end;
  void space() {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) ++at;
  }
  bool take(char c) {
    space();
    if (at < end && *at == c) return ++at, true;
    return false;
  }
  std::pair<const char*, size_t> text() {  // without escapes: the bench recording has none
    take('"');
    const char* start = at;
    while (at < end && *at != '"') at += *at == '\\' ? 2 : 1;
    return {start, size_t(at++ - start)};
  }
  double number() {
    space();
    double value = 0;
    at = std::from_chars(at, end, value).ptr;
    return value;
  }
  void skip() {
    space();
    if (*at == '"') {
      text();
    } else if (*at == '{' || *at == '[') {
      int depth = 0;
      do {
        if (*at == '"') {
          text();
          continue;
        }
        depth += *at == '{' || *at == '[' ? 1 : *at == '}' || *at == ']' ? -1 : 0;
        ++at;
      } while (depth);
    } else {
      while (at < end && *at != ',' && *at != '}' && *at != ']') ++at;
    }
  }
  template <class OnMember>
  void object(OnMember on_member) {
    for (take('{'); !take('}'); take(',')) {
      auto name = text();
      take(':');
      on_member(name.first, name.second);
    }
  }
};

struct Lanes : Rows {
  Column<uint32_t> position;
  Doubles<7> values;
  Texts side, kind;
  void clear() { Rows::clear(), position.clear(), values.clear(), side.clear(), kind.clear(); }
  static int slot(const char* name, size_t size) {
    static const char* names[] = {"c0_m", "c1", "c2_1pm", "c3_1pm2", "x_min_m", "x_max_m", "quality"};
    for (int i = 0; i < 7; ++i)
      if (std::strlen(names[i]) == size && !std::memcmp(names[i], name, size)) return i;
    return -1;
  }
  void add(uint32_t number, const Message& m) {
    Json in{reinterpret_cast<const char*>(m.data), reinterpret_cast<const char*>(m.data + m.length)};
    int64_t stamp = 0;
    in.object([&](const char* name, size_t size) {
      if (size == 6 && !std::memcmp(name, "header", 6)) {
        in.object([&](const char* inner, size_t length) {
          if (length != 5 || std::memcmp(inner, "stamp", 5)) return in.skip();
          in.object([&](const char* unit, size_t) {
            stamp += *unit == 's' ? int64_t(in.number()) * 1000000000 : int64_t(in.number());
          });
        });
      } else if (size == 10 && !std::memcmp(name, "boundaries", 10)) {
        uint32_t index = 0;
        for (in.take('['); !in.take(']'); in.take(',')) item(number, index++, stamp, in);
      } else {
        in.skip();
      }
    });
  }
  void item(uint32_t number, uint32_t index, int64_t stamp, Json& in) {
    Rows::add(number, stamp);
    position.push_back(index);
    double found[7] = {};
    in.object([&](const char* name, size_t size) {
      int which = slot(name, size);
      if (which >= 0) {
        found[which] = in.number();
      } else if (size == 4 && (!std::memcmp(name, "side", 4) || !std::memcmp(name, "type", 4))) {
        auto value = in.text();
        (*name == 's' ? side : kind).add(value.first, value.second);
      } else {
        in.skip();
      }
    });
    for (int i = 0; i < 7; ++i) values.add(i, found[i]);
  }
};

struct Images : Rows {
  Texts format;
  void clear() { Rows::clear(), format.clear(); }
  void add(uint32_t number, const Message& m) {
    Cdr in(m.data);
    Rows::add(number, in.stamp());
    in.keep(frame), in.keep(format);
  }
};

struct All {
  Index index;
  Frames frames;
  Imu imu;
  Poses poses;
  Fixes fixes;
  Objects objects;
  Lanes lanes;
  Scenes scenes;
  Images images;
  uint64_t rows = 0;

  void hand_on() {  // the consumer: it counts what it is given
    rows += index.channel.size() + frames.id.size() + imu.stamp.size() + poses.stamp.size() + fixes.stamp.size() +
            objects.stamp.size() + lanes.stamp.size() + scenes.stamp.size() + images.stamp.size();
    index.clear(), frames.clear(), imu.clear(), poses.clear(), fixes.clear(), objects.clear(), lanes.clear();
    scenes.clear(), images.clear();
  }
};

int main(int, char** arguments) {
  return timed([&] {
    static const char* topics[] = {"/vehicle/can/0",      "/sensing/imu",      "/localization/odometry",
                                   "/sensing/gnss/fix",   "/perception/objects", "/perception/lanes",
                                   "/reference/objects", "/sensing/camera"};
    std::vector<int> kinds(65536, -1);
    static All all;
    int chunks = 0;
    walk(
        arguments[1],
        [&](uint16_t id, const std::string& topic) {
          for (int kind = 0; kind < 8; ++kind)
            if (topic == topics[kind]) kinds[id] = kind;
        },
        [&](const Message& message) {
          uint32_t number = uint32_t(all.index.channel.size());
          all.index.add(message);
          switch (kinds[message.channel]) {
            case 0: return all.frames.add(number, message);
            case 1: return all.imu.add(number, message);
            case 2: return all.poses.add(number, message);
            case 3: return all.fixes.add(number, message);
            case 4: return all.objects.add_list(number, message);
            case 5: return all.lanes.add(number, message);
            case 6: return all.scenes.add_scene(number, message);
            case 7: return all.images.add(number, message);
          }
        },
        [&](uint64_t) {
          if (++chunks % 16 == 0) all.hand_on();
        });
    all.hand_on();
    return all.rows;
  });
}
