-- depends_on: {{ ref('fct_superseded_events') }}
{% for scenario in scenario_models() %}
select
  {{ event_columns() | join(',\n  ') }}
from {{ per_drive(ref(scenario)) }} as {{ scenario }}
{{ "union all" if not loop.last }}
{% endfor %}
