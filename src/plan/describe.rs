//! Descriptions: the parts of a plan in words, for people. Filters, inputs, states, windows and
//! definitions of outputs read the same on the screen and in the lines of a command.

use crate::base::quantity::grouped;
use crate::base::{Buckets, Comparison, Millis, Value, Weekday};

use super::{
    Approximation, Condition, ErrorKind, Filter, Input, Operand, Output, OutputId, Percentile,
    Plan, Read, Rule, ScopeId, Shape, State, Term, Types, Window, WindowKind,
};

/// A grouping key: `item`, `[user, author]`, `tags, each` if lists count for each element.
#[must_use]
pub fn scope(plan: &Plan, scope: ScopeId) -> String {
    let each = if plan.scopes[scope.0].explode { ", each" } else { "" };
    format!("{}{each}", plan.scope_name(scope))
}

/// The key by which a state is held: that of its input, or all of its keys as one.
#[must_use]
pub fn key(plan: &Plan, input: &Input) -> String {
    let scope = scope(plan, input.scope);
    if input.rolled_up { format!("{scope}, all keys") } else { scope }
}

/// The event types of an input: `click`, `click or like`, `any event`.
#[must_use]
pub fn types(input: &Input) -> String {
    match &input.types {
        Types::All => "any event".to_owned(),
        Types::Only(names) => names.join(" or "),
    }
}

/// The events that an input counts: `watch where watch_time > 30`.
#[must_use]
pub fn events(plan: &Plan, input: &Input) -> String {
    match input.filter {
        Some(number) => format!("{} where {}", types(input), filter(plan, &plan.filters[number])),
        None => types(input),
    }
}

/// A state: `count, 7 × 1d`, `sum of watch_time, half-life 1d`, and how exact it is if not always:
/// `distinct of user; exact to 1,024, then ±0.8 %`, where ± is the standard error, and `at most` a
/// bound of the error.
#[must_use]
pub fn state(plan: &Plan, state: &State) -> String {
    let past = match state.shape {
        Shape::Lifetime => String::new(),
        Shape::Ring { buckets, held } => {
            format!(", {held} × {}{}", buckets.length(), whose(buckets))
        }
        Shape::Rolling { span } => format!(", exactly {span}"),
        Shape::Decay { half_life } => decay(half_life),
    };
    let exact = state.approximation().map_or_else(String::new, |approximation| {
        let Approximation { exact_to, error, kind } = approximation;
        let about = match kind {
            ErrorKind::Standard => "±",
            ErrorKind::Largest => "at most ±",
            ErrorKind::OfAll => "counts at most −",
        };
        let of = if kind == ErrorKind::OfAll { " of all values" } else { "" };
        let percent = 100.0 * error;
        format!("; exact to {}, then {about}{percent:.1} %{of}", grouped(exact_to as u64))
    });
    format!("{}{past}{exact}", aggregate(plan, state))
}

/// An aggregate and its value: `count`, `sum of watch_time`.
fn aggregate(plan: &Plan, state: &State) -> String {
    match plan.inputs[state.input.0].value {
        Some(value) => format!("{} of {}", state.aggregate, plan.attributes[value.0]),
        None => state.aggregate.to_owned(),
    }
}

fn decay(half_life: Millis) -> String {
    format!(", half-life {half_life}")
}

/// A state by its events, without its window: `click`, `sum of watch_time over like (filtered),
/// half-life 1d`.
#[must_use]
pub fn term(plan: &Plan, term: &Term) -> String {
    let state = &plan.states[term.state.0];
    let input = &plan.inputs[state.input.0];
    let mut words = types(input);
    if let Some(value) = input.value {
        let what = match (term.percentile, term.most) {
            (Some(Percentile(thousandths)), _) => {
                format!("{} % {}", f64::from(thousandths) / 1000.0, aggregate(plan, state))
            }
            (None, Some(most)) => format!("top {most} of {}", plan.attributes[value.0]),
            (None, None) => aggregate(plan, state),
        };
        words = format!("{what} over {words}");
    }
    if input.filter.is_some() {
        words.push_str(" (filtered)");
    }
    if let Shape::Decay { half_life } = state.shape {
        words.push_str(&decay(half_life));
    }
    words
}

/// A filter: `country = de, seconds > 30`.
#[must_use]
pub fn filter(plan: &Plan, filter: &Filter) -> String {
    all_of(filter, &|attribute| &plan.attributes[attribute.0])
}

/// A filter as a config declares it.
#[must_use]
pub fn declared(filter: &crate::base::filter::Filter<String>) -> String {
    all_of(filter, &String::as_str)
}

/// A condition of a filter: `country = de`, `(seconds > 30 or not (seconds exists))`.
#[must_use]
pub fn condition(plan: &Plan, condition: &Condition) -> String {
    one_of(condition, &|attribute| &plan.attributes[attribute.0])
}

fn all_of<'n, A>(
    filter: &'n crate::base::filter::Filter<A>,
    name: &impl Fn(&'n A) -> &'n str,
) -> String {
    let conditions: Vec<String> = filter.0.iter().map(|one| one_of(one, name)).collect();
    conditions.join(", ")
}

fn one_of<'n, A>(
    condition: &'n crate::base::filter::Condition<A>,
    name: &impl Fn(&'n A) -> &'n str,
) -> String {
    use crate::base::filter::Condition;
    match condition {
        Condition::Attribute(attribute, test) => {
            let name = name(attribute);
            match test {
                Comparison::In(any) => match any.as_slice() {
                    [one] => format!("{name} = {}", scalar(one)),
                    several => format!("{name} in {}", scalars(several)),
                },
                Comparison::NotIn(none) => format!("{name} not in {}", scalars(none)),
                Comparison::Different(other) => format!("{name} ≠ {}", scalar(other)),
                Comparison::Greater(bound) => format!("{name} > {}", scalar(bound)),
                Comparison::AtLeast(bound) => format!("{name} ≥ {}", scalar(bound)),
                Comparison::Less(bound) => format!("{name} < {}", scalar(bound)),
                Comparison::AtMost(bound) => format!("{name} ≤ {}", scalar(bound)),
                Comparison::Exists(true) => format!("{name} exists"),
                Comparison::Exists(false) => format!("{name} is missing"),
            }
        }
        Condition::Any(filters) => {
            let each: Vec<String> = filters.iter().map(|one| all_of(one, name)).collect();
            format!("({})", each.join(" or "))
        }
        Condition::Not(inner) => format!("not ({})", all_of(inner, name)),
    }
}

fn scalars(values: &[Value]) -> String {
    let each: Vec<String> = values.iter().map(scalar).collect();
    format!("[{}]", each.join(", "))
}

/// A scalar; a text that could be taken for something else is quoted.
fn scalar(value: &Value) -> String {
    match value {
        Value::Text(text) if text.chars().all(|c| c.is_alphabetic() || c == '_') => text.clone(),
        Value::Text(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

/// A window: `last 7 days, today included`, `last 7 buckets of 90s, the current one included`.
#[must_use]
pub fn window(window: Window) -> Option<String> {
    let Window::Buckets { kind, count, buckets, offset } = window else { return None };
    let bucket = buckets.length();
    let calendar = CALENDAR.iter().find(|(length, ..)| *length == bucket);
    let unit = |whole: &str| {
        let s = if count == 1 { "" } else { "s" };
        match calendar {
            Some((_, unit, _)) => format!("last {count} {whole}{unit}{s}"),
            None => format!("last {count} {whole}bucket{s} of {bucket}"),
        }
    };
    let current = calendar.map_or("the current one", |(_, _, current)| current);
    let words = match kind {
        WindowKind::Bucketed if count == 1 => match calendar {
            Some((.., current)) => format!("{current}'s bucket ({bucket})"),
            None => format!("the current bucket ({bucket})"),
        },
        WindowKind::Bucketed => format!("{}, {current} included", unit("")),
        WindowKind::Sawtooth => format!("{} and {current}", unit("whole ")),
        WindowKind::Hopping => unit("whole "),
        WindowKind::Rolling => {
            format!("exactly the last {}", Millis(i64::from(count) * bucket.0))
        }
    };
    let back = match (offset, kind) {
        (0, _) => String::new(),
        (millis, WindowKind::Rolling) => format!(", {} earlier", Millis(millis)),
        (some, _) => format!(", {} earlier", Millis(bucket.0.saturating_mul(some))),
    };
    Some(format!("{words}{back}{}", whose(buckets)))
}

/// What tells buckets from those of the same length from the epoch on in UTC: `, in Europe/Berlin`,
/// `, from Monday on`.
fn whose(buckets: Buckets) -> String {
    let weekday = buckets.weekday().filter(|day| *day != Weekday::Thursday);
    let from = weekday.map_or_else(String::new, |day| format!(", from {} on", day.name()));
    let zone = buckets.zone().map_or_else(String::new, |zone| format!(", in {zone}"));
    from + &zone
}

/// Buckets that are units of the calendar: their length, and the words for one of them and for
/// the current one.
const CALENDAR: [(Millis, &str, &str); 3] = [
    (Millis::DAY, "day", "today"),
    (Millis(3_600_000), "hour", "this hour"),
    (Millis(60_000), "minute", "this minute"),
];

/// The definition of an output: `click / impression per item, last 7 days, today included`.
#[must_use]
pub fn definition(plan: &Plan, output: OutputId) -> String {
    let Output { read, .. } = &plan.outputs[output.0];
    let scope = plan.scope_name(plan.scope_of(output));
    let per = if scope == "global" { "over all keys".to_owned() } else { format!("per {scope}") };
    match read {
        Read::State(part) => {
            let over = window(part.window).map_or_else(String::new, |window| format!(", {window}"));
            format!("{} {per}{over}", term(plan, part))
        }
        Read::Quotient(quotient) => {
            let side = |side: Operand| match side {
                Operand::Term(part) => term(plan, &part),
                Operand::Output(output) => plan.outputs[output.0].name.clone(),
            };
            let over = match quotient.top {
                Operand::Term(part) => window(part.window),
                Operand::Output(_) => None,
            };
            let over = over.map_or_else(String::new, |window| format!(", {window}"));
            let rule = match quotient.rule {
                Rule::Plain { .. } => "",
                Rule::Normalized { .. } => ", normalized",
                Rule::Smoothed { .. } => ", smoothed",
            };
            format!("{} / {} {per}{over}{rule}", side(quotient.top), side(quotient.bottom))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Zone;
    use crate::plan::lower::compile;

    #[test]
    fn inputs_and_states_read_as_sentences() {
        let text = "features:\n- name: a\n  type: counter\n  scope: [tag, user]\n  explode: true\n  \
                    interaction: [watch, view]\n  aggregate: sum\n  value: seconds\n  \
                    half_life: 1d\n  where: {a: [x, '7', 7], b: {gt: 1.5, le: 9, exists: true}, \
                    any: [{c: {ne: z}}, {d: {not_in: [true], lt: 3}}], not: {e: {exists: false, ge: \
                    'p q'}}}\n- {name: b, type: counter, scope: global, windows: 7d, bucket: 1d}\n\
                    - {name: c, type: counter, scope: u, windows: 7d, bucket: 1d, window: rolling}\n";
        let plan = compile("test", text).0.unwrap();
        let [first, second, third] = plan.states.as_slice() else { panic!("{:?}", plan.states) };
        let input = &plan.inputs[first.input.0];
        assert_eq!(
            events(&plan, input),
            "view or watch where a in [x, \"7\", 7], b > 1.5, b ≤ 9, b exists, \
             (c ≠ z or d not in [true], d < 3), not (e is missing, e ≥ \"p q\")"
        );
        assert_eq!(key(&plan, input), "[tag, user], each");
        assert_eq!(state(&plan, first), "sum of seconds, half-life 1d");
        assert_eq!(events(&plan, &plan.inputs[second.input.0]), "any event");
        assert_eq!(state(&plan, second), "count, 7 × 1d");
        assert_eq!(state(&plan, third), "count, exactly 7d");
    }

    #[test]
    fn windows_are_said_in_units_of_the_calendar() {
        use WindowKind::{Bucketed, Hopping, Rolling, Sawtooth};
        let words = |kind, count, bucket: Millis| {
            let buckets = Buckets::of(bucket);
            window(Window::Buckets { kind, count, buckets, offset: 0 }).unwrap()
        };
        let (day, hour, odd) = (Millis::DAY, Millis(3_600_000), Millis(90_000));
        assert_eq!(words(Bucketed, 1, day), "today's bucket (1d)");
        assert_eq!(words(Bucketed, 1, hour), "this hour's bucket (1h)");
        assert_eq!(words(Bucketed, 1, odd), "the current bucket (1m30s)");
        assert_eq!(words(Bucketed, 7, day), "last 7 days, today included");
        assert_eq!(words(Bucketed, 7, odd), "last 7 buckets of 1m30s, the current one included");
        assert_eq!(words(Sawtooth, 1, day), "last 1 whole day and today");
        assert_eq!(words(Hopping, 7, day), "last 7 whole days");
        assert_eq!(words(Rolling, 2, hour), "exactly the last 2h");
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let weeks = Buckets::of(Millis(7 * day.0)).in_zone(berlin).starting_on(Weekday::Monday);
        for (kind, buckets, offset, want) in [
            (Hopping, Buckets::of(day).in_zone(berlin), 0, "last 2 whole days, in Europe/Berlin"),
            (
                Hopping,
                weeks,
                1,
                "last 2 whole buckets of 7d, 7d earlier, from Monday on, in Europe/Berlin",
            ),
            (Rolling, Buckets::of(hour), 60_000, "exactly the last 2h, 1m earlier"),
        ] {
            let window = window(Window::Buckets { kind, count: 2, buckets, offset });
            assert_eq!(window.as_deref(), Some(want));
        }
    }
}
