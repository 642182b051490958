-- Every message that a recorder counted, by file and by topic, landed in bronze or was put aside.
-- Records put aside before their topic was known stand for what is missing of any topic, never for more.
select
  drive_id,
  source_path as subject,
  recorder_num_messages as expected,
  bronze_num_messages + quarantined_num_messages as found
from {{ source('ops', 'ingest_ledger') }}
where
  state in ('bronze', 'silver', 'quarantined')
  and recorder_num_messages is not null
  and recorder_num_messages <> bronze_num_messages + quarantined_num_messages
union all
select
  topics.drive_id,
  topics.topic as subject,
  topics.recorder_num_messages as expected,
  topics.bronze_num_messages + topics.quarantined_num_messages as found
from {{ source('ops', 'ingest_topics') }} as topics
left join {{ source('ops', 'ingest_topics') }} as aside
  on topics.drive_id = aside.drive_id and topics.file_id = aside.file_id and aside.topic = ''
where
  topics.topic <> ''
  and topics.recorder_num_messages - topics.bronze_num_messages - topics.quarantined_num_messages
  not between 0 and coalesce(aside.quarantined_num_messages, 0)
