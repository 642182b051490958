create table if not exists silver.stream_quality (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  topic string not null comment 'topic or channel name as recorded',
  t_start_ns bigint not null comment 'start of the second, included, reference clock, ns UTC',
  num_messages bigint not null comment 'messages stored in this second',
  usual_num_messages double not null comment 'median of num_messages over the seconds of the stream',
  num_dropped bigint comment 'messages missing by their sequence numbers before one stored in this second; null: no numbers',
  num_duplicates bigint not null comment 'messages with sequence number and log time of the one before',
  num_out_of_order bigint not null comment 'messages stored earlier than the one before them in the file',
  longest_gap_ns bigint comment 'longest time without a message that ends in this second; null: it holds the first message only',
  gap_start_ns bigint comment 'start of that gap, reference clock, ns UTC; null: no gap',
  gap_end_ns bigint comment 'its end, reference clock, ns UTC; null: no gap',
  period_p50_ns bigint comment 'median time between messages of the stream; null: one message'
)
using delta
comment 'How well one stream was recorded in one second that has messages'
tblproperties (
  'longtail.grain' = 'one row per drive, stream and second with a message',
  'longtail.ordering' = 'drive_id, topic, t_start_ns',
  'longtail.writer' = 'spark'
);
