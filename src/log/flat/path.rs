//! Paths into lists: `items[].id`, `items[0].id`, `params[key=page].value`.

use serde_json::Value as Json;

/// The elements of a list that are inspected to tell the shape of a log.
const ELEMENTS: usize = 32;

/// The first step of a path that leads into a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) struct Step<'p> {
    /// The name of the list.
    pub(in crate::log) name: &'p str,
    pub(super) selector: Selector<'p>,
    /// The path within an element; `None` for the element itself.
    pub(in crate::log) rest: Option<&'p str>,
}

/// The elements that a path selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) enum Selector<'p> {
    /// All: `[]`.
    All,
    /// One by its place, from 0: `[0]`.
    At(usize),
    /// The first in which a member has this text: `[key=page]`.
    Where(&'p str, &'p str),
}

/// The first step of a path, if it leads into a list. A path with any other brackets is only the
/// name of a member.
pub(in crate::log) fn first_step(path: &str) -> Option<Step<'_>> {
    let (name, rest) = path.split_once('[')?;
    let (selected, rest) = rest.split_once(']')?;
    if name.is_empty() || name.contains('.') {
        return None;
    }
    let rest = match rest {
        "" => None,
        rest => Some(rest.strip_prefix('.').filter(|rest| !rest.is_empty())?),
    };
    let selector = match selected.split_once('=') {
        _ if selected.is_empty() => Selector::All,
        Some((key, text)) if !key.is_empty() => Selector::Where(key, text),
        None if selected.bytes().all(|byte| byte.is_ascii_digit()) => {
            // One place has one writing.
            let is_padded = selected.len() > 1 && selected.starts_with('0');
            Selector::At(selected.parse().ok().filter(|_| !is_padded)?)
        }
        _ => return None,
    };
    Some(Step { name, selector, rest })
}

/// True if an object has a value at a path.
pub(in crate::log) fn has(object: &serde_json::Map<String, Json>, path: &str) -> bool {
    let is_value = |value: &Json| !value.is_null();
    if object.get(path).is_some_and(is_value) {
        return true;
    }
    let within = |value: &Json, rest: &str| value.as_object().is_some_and(|inner| has(inner, rest));
    if let Some(Step { name, selector, rest }) = first_step(path) {
        let list = object.get(name).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let mut selected = list.iter().enumerate().filter(|(place, element)| match selector {
            Selector::All => true,
            Selector::At(at) => *place == at,
            Selector::Where(key, _) => within(element, key),
        });
        return selected.any(|(_, element)| {
            rest.map_or_else(|| is_value(element), |rest| within(element, rest))
        });
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    !rest.is_empty() && object.get(first).is_some_and(|inner| within(inner, rest))
}

/// The path within an element of the list `each` that a path of the line leads to, if it does.
pub(in crate::log) fn within_each<'p>(path: &'p str, each: &str) -> Option<&'p str> {
    path.strip_prefix(each)?.strip_prefix('.').filter(|rest| !rest.is_empty())
}

/// True if an object, or one of the first elements of its list `each`, has a value at a path.
pub(in crate::log) fn has_in_either(
    object: &serde_json::Map<String, Json>,
    path: &str,
    each: Option<&str>,
) -> bool {
    let in_element =
        |each: &str| {
            let list = each.split('.').try_fold(None, |found: Option<&Json>, name| {
                let inner = match found {
                    None => object.get(name),
                    Some(found) => found.get(name),
                };
                inner.map(Some)
            });
            let list = object.get(each).or(list.flatten()).and_then(Json::as_array)?;
            let inner = within_each(path, each);
            let mut elements = list.iter().take(ELEMENTS).filter_map(Json::as_object);
            Some(elements.any(|element| {
                has(element, path) || inner.is_some_and(|inner| has(element, inner))
            }))
        };
    has(object, path) || each.and_then(in_element).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_into_a_list_has_a_name_a_selector_and_a_rest() {
        let step = |name, selector, rest| Some(Step { name, selector, rest });
        for (path, want) in [
            ("items[].id", step("items", Selector::All, Some("id"))),
            ("items[]", step("items", Selector::All, None)),
            ("items[12].a.b", step("items", Selector::At(12), Some("a.b"))),
            ("p[key=a.b=c].v", step("p", Selector::Where("key", "a.b=c"), Some("v"))),
            ("p[key=].v", step("p", Selector::Where("key", ""), Some("v"))),
            ("a[].b[0]", step("a", Selector::All, Some("b[0]"))),
            ("items", None),
            ("a.items[].id", None),
            ("[].id", None),
            ("items[-1]", None),
            ("items[x]", None),
            ("items[=x]", None),
            ("items[", None),
            ("items[]id", None),
            ("items[].", None),
            ("items[0][1]", None),
            ("items[99999999999999999999999]", None),
            ("items[00]", None),
            ("items[0]", step("items", Selector::At(0), None)),
        ] {
            assert_eq!(first_step(path), want, "{path}");
        }
    }

    #[test]
    fn a_path_is_found_in_lists_and_in_elements_of_a_line() {
        let json =
            r#"{"a":{"l":[{"k":"x","v":1},{"k":"y","w":null}]},"e":[1,{"ts":2,"o":{"p":3}}]}"#;
        let object: serde_json::Map<String, Json> = serde_json::from_str(json).unwrap();
        for (path, there) in [
            ("a.l[].v", true),
            ("a.l[].w", false),
            ("a.l[0].v", true),
            ("a.l[1].v", false),
            ("a.l[k=x].v", true),
            ("e[0]", true),
            ("e.ts", false),
        ] {
            assert_eq!(has(&object, path), there, "{path}");
        }
        for (path, there) in
            [("ts", true), ("e.ts", true), ("o.p", true), ("a.l", true), ("x", false)]
        {
            assert_eq!(has_in_either(&object, path, Some("e")), there, "{path}");
        }
        assert!(has_in_either(&object, "v", Some("a.l")) && !has_in_either(&object, "v", None));
    }
}
