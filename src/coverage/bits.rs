//! Members that are 0 or 1, which may say that an event happened: the remedy for a type that no event
//! of the log has.

use crate::base::escape::yaml;
use crate::base::events::Yields;
use crate::base::quantity::listed;
use crate::diagnostic::nearest;
use crate::log::Member;

/// The most names listed in a help.
const LISTED: usize = 8;

/// The remedy for a type that no event has, where members that are 0 or 1 may say that it happened:
/// the one called like it or, of lines that are all of one type, any.
pub(super) fn remedy(kind: &str, members: &[Member], yields: &Yields) -> Option<String> {
    let is_flag = |member: &&Member| {
        let is_known = yields.flags.iter().any(|(_, flag)| *flag == member.path);
        !is_known && !member.values.is_empty() && member.values.iter().all(|value| is_bit(value))
    };
    let flags: Vec<&Member> = members.iter().filter(is_flag).collect();
    let named = |member: &Member| own_name(&member.path).to_owned();
    let names: Vec<String> = flags.iter().map(|member| named(member)).collect();
    let same = names.iter().position(|name| name.eq_ignore_ascii_case(kind));
    let near = || {
        let near = nearest(kind, names.iter().map(String::as_str))?;
        names.iter().position(|name| name == near)
    };
    let verb = if yields.flags.is_empty() { "write" } else { "add to" };
    let entry = |path: &str| {
        let entry = format!("{}: {}", yaml(kind), yaml(path));
        match verb {
            "write" => format!("`events: {{flags: {{{entry}}}}}`"),
            _ => format!("`flags`: `{entry}`"),
        }
    };
    if let Some(found) = same.or_else(near) {
        let path = &flags[found].path;
        return Some(format!("`{path}` is 0 or 1: to make events of it, {verb} {}", entry(path)));
    }
    if flags.is_empty() || yields.constant.is_none() {
        return None;
    }
    let paths: Vec<&str> = flags.iter().map(|member| member.path.as_str()).collect();
    let (paths, entry) = (listed(&paths, LISTED), entry(paths[0]));
    Some(format!("where one of those that are 0 or 1 says so ({paths}), {verb} {entry}"))
}

fn is_bit(value: &str) -> bool {
    ["0", "1", "true", "false"].iter().any(|bit| value.eq_ignore_ascii_case(bit))
}

/// The last part of a path, without what marks a flag: `click` of `is_click`.
fn own_name(path: &str) -> &str {
    let name = path.rsplit_once('.').map_or(path, |(_, last)| last);
    let name =
        ["is_", "has_", "did_"].iter().find_map(|mark| name.strip_prefix(mark)).unwrap_or(name);
    name.strip_suffix("_flag").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    #[test]
    fn a_type_that_a_column_of_zeros_and_ones_has_is_led_to_it() {
        let data = b"ts,user,is_click,is_like,long_view,n\n1718000000,u,1,0,1,3\n\
                     1718000001,u,0,0,0,4\n";
        let told = |events: &str, kind: &str| {
            let text = format!(
                "events: {events}\nfeatures:\n- {{name: a, type: interaction_count, \
                 interaction: {kind}, scope: user}}\n"
            );
            let found = warnings(&text, data);
            let [warning] = found.as_slice() else { panic!("{found:?}") };
            warning.help.clone().unwrap()
        };
        let show = "{type: {const: show}}";
        for (kind, help) in [
            (
                "click",
                "`is_click` is 0 or 1: to make events of it, write `events: {flags: {click: \
                 is_click}}`",
            ),
            (
                "likes",
                "`is_like` is 0 or 1: to make events of it, write `events: {flags: {likes: \
                 is_like}}`",
            ),
            (
                "long_view",
                "`long_view` is 0 or 1: to make events of it, write `events: {flags: {long_view: \
                 long_view}}`",
            ),
            (
                "purchase",
                "where one of those that are 0 or 1 says so (is_click, is_like, long_view), write \
                 `events: {flags: {purchase: is_click}}`",
            ),
        ] {
            assert_eq!(told(show, kind), format!("the log has events of show; {help}"));
        }
        let more = told("{type: {const: show}, flags: {click: is_click}}", "like");
        assert!(more.ends_with("to make events of it, add to `flags`: `like: is_like`"), "{more}");
    }
}
