with intervals as (
  select * from {{ per_drive(ref('int_intervals__united')) }}
),

anchors as (
  select
    compositions.*,
    intervals.interval_id,
    intervals.project_id,
    intervals.drive_id,
    intervals.t_start_ns,
    intervals.t_end_ns
  from intervals
  inner join {{ ref('compositions') }} as compositions on intervals.kind = compositions.anchor
  where compositions.actor_class is null or compositions.actor_class = intervals.object_class
),

in_state as (
  select anchors.*
  from anchors
  where
    (
      anchors.state_1 is null
      or exists (
        select 1 from intervals as states
        where states.kind = anchors.state_1 and {{ during('anchors', 'states') }}
      )
    )
    and (
      anchors.state_2 is null
      or exists (
        select 1 from intervals as states
        where states.kind = anchors.state_2 and {{ during('anchors', 'states') }}
      )
    )
),

-- The other interval that begins first, where one is asked for.
answered as (
  select
    in_state.*,
    answers.interval_id as other_interval_id,
    row_number() over (
      partition by in_state.composition_id, in_state.interval_id order by answers.t_start_ns, answers.interval_id
    ) as order_in_time
  from in_state
  left join intervals as answers
    on
      in_state.drive_id = answers.drive_id
      and in_state.other = answers.kind
      and case in_state.relation
        when 'overlaps' then {{ overlaps('in_state', 'answers') }}
        when 'within' then {{ within('in_state', 'answers', 'in_state.window_s') }}
        when 'followed_by' then {{ followed_by('in_state', 'answers', 'in_state.window_s') }}
      end
  where in_state.other is null or answers.interval_id is not null
)

select
  project_id,
  drive_id,
  composition_id,
  interval_id as event_id,
  other_interval_id,
  t_start_ns,
  boost,
  words
from answered
where order_in_time = 1
