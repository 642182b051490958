// What both anchors share: the chunks of an MCAP file in file order, decompressed into one buffer, record by record.
// No CRC is checked and no length is distrusted: this is the speed of someone who believes the file.
#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

template <class T>
inline T load(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

struct Message {
  uint16_t channel;
  uint32_t sequence;
  uint64_t log_time, publish_time;
  const uint8_t* data;
  uint64_t length;
  uint64_t payload_offset;
};

inline std::string text(const uint8_t*& at) {
  uint32_t size = load<uint32_t>(at);
  std::string value(reinterpret_cast<const char*>(at + 4), size);
  at += 4 + size;
  return value;
}

[[noreturn]] inline void fail(const char* why) {
  std::fprintf(stderr, "%s\n", why);
  std::exit(2);
}

// Calls on_channel(id, topic), on_message(Message) and, behind each chunk, on_chunk(chunk offset).
template <class OnChannel, class OnMessage, class OnChunk>
void walk(const char* path, OnChannel on_channel, OnMessage on_message, OnChunk on_chunk) {
  int file = open(path, O_RDONLY);
  struct stat about;
  if (file < 0 || fstat(file, &about)) fail("cannot open the file");
  ZSTD_DCtx* context = ZSTD_createDCtx();
  std::vector<uint8_t> stored, data;
  uint8_t head[64];
  auto records = [&](const uint8_t* begin, const uint8_t* end) {
    for (const uint8_t* at = begin; at + 9 <= end;) {
      uint64_t length = load<uint64_t>(at + 1);
      const uint8_t* content = at + 9;
      if (*at == 5) {
        on_message(Message{load<uint16_t>(content), load<uint32_t>(content + 2), load<uint64_t>(content + 6),
                           load<uint64_t>(content + 14), content + 22, length - 22, uint64_t(content + 22 - begin)});
      } else if (*at == 4) {
        const uint8_t* field = content + 4;
        on_channel(load<uint16_t>(content), text(field));
      }
      at = content + length;
    }
  };
  for (off_t at = 8; at + 9 <= about.st_size;) {
    if (pread(file, head, sizeof head, at) < 9) fail("cannot read the file");
    uint64_t length = load<uint64_t>(head + 1);
    if (head[0] == 0x0F) break;
    if (head[0] == 6) {
      stored.resize(length);
      for (uint64_t got = 0; got < length;) {
        ssize_t part = pread(file, stored.data() + got, length - got, at + 9 + got);
        if (part <= 0) fail("cannot read the file");
        got += part;
      }
      data.resize(load<uint64_t>(stored.data() + 16));
      const uint8_t* field = stored.data() + 28;
      if (text(field) != "zstd") fail("the anchor knows zstd only");
      size_t size = ZSTD_decompressDCtx(context, data.data(), data.size(), field + 8, load<uint64_t>(field));
      if (size != data.size()) fail("a chunk does not decompress");
      records(data.data(), data.data() + size);
      on_chunk(uint64_t(at));
    }
    at += 9 + length;
  }
}

// Runs `work`, which returns how many rows it saw, and prints "<processor seconds> <rows>": one core's work, whatever
// else the machine does.
template <class Work>
int timed(Work work) {
  auto now = [] {
    timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
  };
  double start = now();
  uint64_t answer = work();
  std::printf("%.6f %llu\n", now() - start, static_cast<unsigned long long>(answer));
  return 0;
}
