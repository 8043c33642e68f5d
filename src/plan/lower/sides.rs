//! The lint of ratios whose sides share no key.

use crate::base::escape::yaml;
use crate::config::{Body, Document};
use crate::diagnostic::{Faults, codes};
use crate::plan::{Operand, Plan, Read, ScopeId};

/// The key of a ratio is seen only if the key of one side has all of its attributes.
pub(super) fn never_meet(document: &Document, plan: &Plan, found: &mut Faults) {
    for (declared, feature) in document.features.iter().zip(&plan.features) {
        let (Body::Ratio { top, .. }, Some(Read::Quotient(quotient))) =
            (&declared.body, plan.outputs.get(feature.outputs.start).map(|output| &output.read))
        else {
            continue;
        };
        let scope_of = |side: Operand| match side {
            Operand::Output(output) => plan.scope_of(output),
            Operand::Term(_) => feature.scope,
        };
        let sides = [scope_of(quotient.top), scope_of(quotient.bottom)];
        if sides.contains(&feature.scope) {
            continue;
        }
        let [above, below] = sides.map(|side| key(plan, side));
        let message = format!(
            "the sides of `{}` share no key: one is by {above}, the other by {below}",
            feature.name,
        );
        let help = help(document, plan, sides, feature.scope);
        found.add(codes::SIDES_NEVER_MEET.at(top.span.clone(), message).help(help));
    }
}

/// What to write so that the sides share the key `whole`.
fn help(document: &Document, plan: &Plan, sides: [ScopeId; 2], whole: ScopeId) -> String {
    if let [Some(one), Some(other)] = sides.map(|side| only(plan, side)) {
        let each = document.events.yields.each.as_deref();
        let element = |name: &str| -> Option<String> {
            Some(name.strip_prefix(each?)?.strip_prefix('.')?.to_owned())
        };
        if element(one).as_deref() == Some(other) || element(other).as_deref() == Some(one) {
            return format!(
                "with `each`, `{one}` and `{other}` are the same member: write the same of the \
                 two in both scopes"
            );
        }
    }
    let scope = &plan.scopes[whole.0].attributes;
    let has_all = |side: &&ScopeId| plan.scopes[side.0].attributes.len() == scope.len();
    let what = match sides.iter().find(has_all) {
        Some(side) => format!(
            "the lists of the other side count by their elements: write `explode: true` beside \
             {}, too",
            written(plan, *side)
        ),
        None => {
            format!("let a side count by {}", with_explode(plan, whole, written(plan, whole)))
        }
    };
    let alike = match sides.map(|side| only(plan, side)) {
        [Some(one), Some(other)] if last(one) == last(other) => {
            ", or, if both are the same thing, let both count by one of the two"
        }
        _ => "",
    };
    format!("{what}{alike}; as it is, only the rows of a data set have a value")
}

/// A key in words.
fn key(plan: &Plan, scope: ScopeId) -> String {
    with_explode(plan, scope, plan.scope_name(scope))
}

/// A key as a member of the config.
fn written(plan: &Plan, scope: ScopeId) -> String {
    let names: Vec<_> = plan.key_attributes(scope).map(yaml).collect();
    format!("`scope: [{}]`", names.join(", "))
}

fn with_explode(plan: &Plan, scope: ScopeId, key: String) -> String {
    if plan.scopes[scope.0].explode { format!("{key} with `explode: true`") } else { key }
}

/// The attribute of a key that has one.
fn only(plan: &Plan, scope: ScopeId) -> Option<&str> {
    let mut attributes = plan.key_attributes(scope);
    attributes.next().filter(|_| plan.scopes[scope.0].attributes.len() == 1)
}

/// The last name of a path, without brackets.
fn last(path: &str) -> &str {
    let name = path.rsplit_once('.').map_or(path, |(_, last)| last);
    name.split_once('[').map_or(name, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::super::compile;

    /// The help for a ratio of two counts, if there is a warning.
    fn help(head: &str, top: &str, bottom: &str) -> Option<String> {
        let text = format!(
            "{head}\nfeatures:\n\
             - {{name: a, type: interaction_count, scope: {top}, interaction: x}}\n\
             - {{name: b, type: interaction_count, scope: {bottom}, interaction: y}}\n\
             - {{name: r, type: ratio, top: a, bottom: b}}\n"
        );
        let (plan, report) = compile("test", &text);
        assert!(plan.is_some(), "{text}");
        let [found] = report.diagnostics.as_slice() else {
            assert!(report.diagnostics.is_empty(), "{report:?}");
            return None;
        };
        assert_eq!(found.code, "sides-never-meet");
        found.help.clone()
    }

    #[test]
    fn sides_meet_where_one_has_the_whole_key() {
        for (top, bottom) in [("u", "u"), ("u", "[u, v]"), ("global", "v"), ("[u, v]", "[v, u]")] {
            assert_eq!(help("", top, bottom), None, "{top} {bottom}");
        }
    }

    #[test]
    fn to_do_what_the_help_says_ends_the_warning() {
        let each = "explode: true";
        for (top, bottom, said) in [
            ("u", "v", "let a side count by `scope: [u, v]`"),
            ("[u, v]", "[v, w]", "let a side count by `scope: [u, v, w]`"),
            (
                &format!("u, {each}"),
                "v",
                "let a side count by `scope: [u, v]` with `explode: true`",
            ),
            (
                "u",
                &format!("v, {each}"),
                "let a side count by `scope: [u, v]` with `explode: true`",
            ),
            (
                "[u, v]",
                &format!("v, {each}"),
                "the lists of the other side count by their elements: write `explode: true` \
                 beside `scope: [u, v]`, too",
            ),
            (
                "[u, v]",
                &format!("[v, w], {each}"),
                "let a side count by `scope: [u, v, w]` with `explode: true`",
            ),
        ] {
            let told = help("", top, bottom).unwrap();
            let told = told.strip_suffix("; as it is, only the rows of a data set have a value");
            assert_eq!(told, Some(said), "{top} {bottom}");
            let scope = said.rsplit_once("`scope: ").unwrap().1.split_once('`').unwrap().0;
            let explode = if said.contains(each) { ", explode: true" } else { "" };
            assert_eq!(help("", &format!("{scope}{explode}"), bottom), None, "{top} {bottom}");
        }
    }

    #[test]
    fn one_thing_under_two_paths_is_no_wider_key() {
        let each = "events: {each: items}";
        let same = help(each, "id", "items.id").unwrap();
        assert!(same.contains("`id` and `items.id` are the same member"), "{same}");
        let one_of = ", or, if both are the same thing, let both count by one of the two; ";
        for (top, bottom) in
            [("sku", "items.sku"), ("sku", "'items[].sku'"), ("product.sku", "'items[0].sku'")]
        {
            let told = help("", top, bottom).unwrap();
            assert!(told.contains(one_of), "{told}");
        }
        let told = help(each, "user.id", "items.id").unwrap();
        assert!(told.contains(one_of), "{told}");
        let told = help("", "user", "'items[].id'").unwrap();
        assert!(told.starts_with("let a side count by `scope: [user, \"items[].id\"]`;"), "{told}");
    }
}
