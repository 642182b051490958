-- Rows, bytes, times and content of bronze.messages are those that were taken while the files were read.
-- The two sums are the content hash of longtail/content_hash.py.
with landed as (
  select
    drive_id,
    file_id,
    topic,
    count(*) as num_messages,
    sum(num_payload_bytes) as num_payload_bytes,
    count(stream) as decoded_num_messages,
    min(log_time_ns) as min_log_time_ns,
    max(log_time_ns) as max_log_time_ns,
    sum(
      (((log_time_ns & 4294967295) * 373587883 + (log_time_ns % 2147483629) * 268435399) % 2147483647) * ((crc32 * 455052511 + (coalesce(sequence, 0) & 4294967295) * 479001599) % 2147483647 + 1) % 2147483647
    ) as content_hash_a,
    sum(
      ((log_time_ns % 2147483629) * (crc32 & 2147483647) + crc32 * 479001599 + (coalesce(sequence, 0) & 4294967295) * 373587883) % 2147483629
    ) as content_hash_b
  from {{ source('bronze', 'messages') }}
  group by drive_id, file_id, topic
)

select
  topics.drive_id,
  topics.topic,
  topics.bronze_num_messages as expected,
  landed.num_messages as found
from {{ source('ops', 'ingest_topics') }} as topics
left join landed
  on topics.drive_id = landed.drive_id and topics.file_id = landed.file_id and topics.topic = landed.topic
where
  topics.bronze_num_messages > 0
  and (
    landed.num_messages is null
    or landed.num_messages <> topics.bronze_num_messages
    or landed.num_payload_bytes <> topics.num_payload_bytes
    or landed.decoded_num_messages <> topics.decoded_num_messages
    or landed.min_log_time_ns <> topics.min_log_time_ns
    or landed.max_log_time_ns <> topics.max_log_time_ns
    or landed.content_hash_a <> topics.content_hash_a
    or landed.content_hash_b <> topics.content_hash_b
  )
