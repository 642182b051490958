{#- Severity where two ways cross, by the time between them; both in one place at once is the most critical. -#}
{% macro pet_band(meeting) -%}
  case
    when {{ meeting }}.is_overlapping or {{ meeting }}.pet_s < thresholds.pet_critical_s then 'critical'
    when {{ meeting }}.pet_s < thresholds.pet_serious_s then 'serious'
    when {{ meeting }}.pet_s < thresholds.pet_conflict_s then 'conflict'
    else 'interaction'
  end
{%- endmacro %}
