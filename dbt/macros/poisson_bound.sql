{#-
  One end ('-' lower, '+' upper) of the 95 % interval of the mean of `num_events` Poisson events. Exact up to 100 events
  (seed poisson_intervals, joined as `exact`), Byar's approximation above: within 3e-5 of the exact end (a test says
  so). No event: 0 and the rule of three. Needs the columns rule_of_three and z.
-#}
{% macro poisson_bound(num_events, sign) -%}
  {%- set n = num_events if sign == '-' else '(' ~ num_events ~ ' + 1)' -%}
  {%- set base = '(1 - 1e0 / (9 * ' ~ n ~ ') ' ~ sign ~ ' z / (3 * sqrt(1e0 * ' ~ n ~ ')))' -%}
  case
    when {{ num_events }} = 0 then {{ '0e0' if sign == '-' else 'rule_of_three' }}
    when exact.num_events is not null then exact.{{ 'lower' if sign == '-' else 'upper' }}
    else {{ n }} * {{ base }} * {{ base }} * {{ base }}
  end
{%- endmacro %}
