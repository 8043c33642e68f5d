//! Keys as they are typed: `lamp-001`, `u1,a7`, `user=u1,author=a7`.

use crate::base::{Key, key};
use crate::plan::{Plan, ScopeId};

use super::key_name;
use crate::cli::failure::Failure;

/// The key of a global feature, as tables and configs write it.
const GLOBAL: [&str; 2] = ["(global)", "global"];

/// The key of a scope that was typed.
pub(super) fn read(plan: &Plan, scope: ScopeId, typed: Option<&str>) -> Result<Key, Failure> {
    let names: Vec<&str> = plan.key_attributes(scope).collect();
    let name = key_name(plan, scope);
    let Some(typed) = typed else {
        if names.is_empty() {
            return Ok(Key::default());
        }
        return Err(Failure::usage("`explain` needs the key that it is to explain")
            .hint(format!("write `--key {}`", example(&names))));
    };
    let wrong = |what: String| {
        let hint = match names.as_slice() {
            [] => "leave `--key` out".to_owned(),
            _ => format!("write `--key {}`", example(&names)),
        };
        Err(Failure::usage(what).hint(hint))
    };
    if names.is_empty() && GLOBAL.contains(&typed) {
        return Ok(Key::default());
    }
    if let [name] = names.as_slice() {
        // A key of one part needs no backslashes, unless it has some.
        let text = typed.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
        let text = text.unwrap_or(typed);
        let has_backslash = text.contains('\\');
        return Ok(Key(if has_backslash {
            vec![key::parts(text).join(",")]
        } else {
            vec![text.to_owned()]
        }));
    }
    let parts = key::parts(typed);
    let named: Option<Vec<(&str, &str)>> = parts
        .iter()
        .map(|part| part.split_once('=').filter(|(name, _)| names.contains(&name.trim())))
        .map(|part| part.map(|(name, text)| (name.trim(), text)))
        .collect();
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        let text = |wanted: &&str| named.iter().find(|(name, _)| name == wanted).map(|(_, it)| *it);
        let texts: Option<Vec<String>> =
            names.iter().map(|name| text(name).map(str::to_owned)).collect();
        return match texts.filter(|texts| texts.len() == named.len()) {
            Some(texts) => Ok(Key(texts)),
            None => wrong(format!("the key `{typed}` does not name each of {name} once")),
        };
    }
    match names.as_slice() {
        [] => wrong(format!("a feature whose scope is global has one value and no key `{typed}`")),
        _ if parts.len() == names.len() => Ok(Key(parts)),
        _ => wrong(format!(
            "the key `{typed}` has {}, and the feature is by {name}",
            crate::base::quantity::counted(parts.len(), "part"),
        )),
    }
}

fn example(names: &[&str]) -> String {
    let parts: Vec<String> = names.iter().map(|name| name.to_uppercase()).collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::lower::compile;

    #[test]
    fn keys_are_read_in_every_way_of_writing_them() {
        let config = "features:\n- {name: a, type: counter, scope: [user, author]}\n\
                      - {name: b, type: counter, scope: item}\n\
                      - {name: c, type: counter, scope: global}\n";
        let plan = compile("test", config).0.unwrap();
        let read = |scope: usize, typed| {
            read(&plan, ScopeId(scope), typed).map(|key| key.0).map_err(|_| ())
        };
        let scope = |name: &str| {
            (0..plan.scopes.len()).find(|scope| plan.scope_name(ScopeId(*scope)) == name).unwrap()
        };
        let (two, one, none) = (scope("[user, author]"), scope("item"), scope("global"));
        let texts = |parts: &[&str]| Ok(parts.iter().map(|part| (*part).to_owned()).collect());
        assert_eq!(read(two, Some("u1,a7")), texts(&["u1", "a7"]));
        assert_eq!(read(two, Some("author=a7,user=u1")), texts(&["u1", "a7"]));
        assert_eq!(read(two, Some(r"u\,1,a\\7")), texts(&["u,1", r"a\7"]));
        assert_eq!(read(two, Some("u1")), Err(()));
        assert_eq!(read(two, Some("user=u1")), Err(()));
        assert_eq!(read(two, None), Err(()));
        assert_eq!(read(one, Some("a,b")), texts(&["a,b"]));
        assert_eq!(read(one, Some("item=x, y")), texts(&["x, y"]));
        assert_eq!(read(one, Some(r"x\, y\\")), texts(&[r"x, y\"]));
        assert_eq!(read(one, Some("other=x")), texts(&["other=x"]));
        assert_eq!(read(none, None), texts(&[]));
        assert_eq!(read(none, Some("(global)")), texts(&[]));
        assert_eq!(read(none, Some("global")), texts(&[]));
        assert_eq!(read(none, Some("x")), Err(()));
    }
}
