create table if not exists ops.job_runs (
  run_id string not null comment 'random id of the run',
  job string not null comment 'name of the job, for example bronze, silver, curate, train',
  status string not null comment 'success or failed',
  started_at_ns bigint not null comment 'start, ns UTC',
  ended_at_ns bigint not null comment 'end, ns UTC',
  num_rows_in bigint comment 'rows read; null: not counted',
  num_rows_out bigint comment 'rows written; null: not counted',
  num_quarantined bigint comment 'records put aside; null: not applicable',
  input_digest string comment 'sha256 over the versions of what was read and the code that ran; null: not pinned',
  detail string comment 'JSON with what else the job wants to say; null: nothing'
)
using delta
comment 'A run of a job'
tblproperties (
  'longtail.grain' = 'one row per run',
  'longtail.ordering' = 'started_at_ns',
  'longtail.writer' = 'delta-rs'
);
