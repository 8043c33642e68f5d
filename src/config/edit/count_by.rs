//! "Count this by that field": a feature like another one, with a field of the log as its key.

use super::addition::{is_only_addition, same};
use super::{EditError, Edited, insert};
use crate::config::matrix;
use crate::config::node::{Entry, Node, Value};
use crate::diagnostic::Faults;

/// Members that say something of the old key, or of the feature that it was.
const LEFT_OUT: &[&str] = &["explode", "description"];

/// The text with one more feature: that called `feature`, with `field` as its scope, which it counts
/// by each element if it is a list. It stands behind the entry that it comes from. A matrix gives the
/// one feature that is meant.
///
/// # Errors
/// Where the text has faults, has no such feature, has one that counts the same, or is written such that the entry cannot be
/// added without a change to others. The names of features are not resolved: that the new config is
/// valid as a whole is for the caller to see.
pub fn count_by(
    text: &str,
    feature: &str,
    field: &str,
    is_list: bool,
) -> Result<Edited, EditError> {
    let root = read(text)?;
    let missing = || EditError::NoFeature(feature.to_owned());
    let list = root.get("features").ok_or_else(missing)?;
    let Value::List(entries) = &list.value else { return Err(missing()) };
    let (place, found) = entries
        .iter()
        .enumerate()
        .find_map(|(n, entry)| Some((n, named(entry, feature)?)))
        .ok_or_else(missing)?;
    if matches!(found.get("type"), Some(kind) if kind.is_text("ratio")) {
        return Err(EditError::NoScope(feature.to_owned()));
    }
    let name = free_name(entries, feature, field);
    let new = with_scope(&found, &name, field, is_list).ok_or_else(missing)?;
    if let Some(there) = entries.iter().flat_map(made).find(|made| counts_the_same(made, &new)) {
        let name = there.get("name").and_then(Node::scalar_text);
        return Err(EditError::There(name.unwrap_or_default()));
    }
    let layout = || EditError::Layout(feature.to_owned());
    let insertion = insert::behind(text, list, &entries[place].span, &new).ok_or_else(layout)?;
    let edited = insertion.apply(text);
    let after = read(&edited).map_err(|_| layout())?;
    if !is_only_addition((&root, &after), "features", (place + 1, Some(&new))) {
        return Err(layout());
    }
    let line = 1 + edited[..insertion.at + insertion.start].matches('\n').count();
    Ok(Edited { text: edited, added: name, line })
}

fn read(text: &str) -> Result<Node, EditError> {
    Node::read(text).map_err(|_| EditError::Faulty)
}

/// The feature of this name that an entry makes.
fn named(entry: &Node, feature: &str) -> Option<Node> {
    let is_it =
        |node: &Node| node.get("name").and_then(Node::scalar_text).as_deref() == Some(feature);
    made(entry).into_iter().find(is_it)
}

/// The features that an entry makes.
fn made(entry: &Node) -> Vec<Node> {
    if entry.get("matrix").is_none() {
        return vec![entry.clone()];
    }
    let made = matrix::expand(entry, &mut Faults::default());
    made.into_iter().map(|made| made.entry).collect()
}

/// Whether two features are the same but for what they are called, in whatever order they are
/// written.
fn counts_the_same(one: &Node, other: &Node) -> bool {
    let members = |node: &Node| match &node.value {
        Value::Map(members) => {
            let is_told = |member: &&Entry| {
                !["name", "description"].iter().any(|left_out| member.key.is_text(left_out))
            };
            members.iter().filter(is_told).cloned().collect::<Vec<_>>()
        }
        _ => Vec::new(),
    };
    let (one, other) = (members(one), members(other));
    let has = |member: &Entry| {
        other.iter().any(|it| same(&it.key, &member.key) && same(&it.value, &member.value))
    };
    one.len() == other.len() && one.iter().all(has)
}

/// A name that no feature has: `clicks_by_device_os`.
fn free_name(entries: &[Node], feature: &str, field: &str) -> String {
    let word: String = field
        .split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("_");
    let name = format!("{feature}_by_{}", if word.is_empty() { "field" } else { &word });
    let is_free = |name: &String| entries.iter().all(|entry| named(entry, name).is_none());
    let numbered = (2_usize..).map(|n| format!("{name}_{n}"));
    std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or_default()
}

/// The feature under another name, with another scope.
fn with_scope(feature: &Node, name: &str, field: &str, is_list: bool) -> Option<Node> {
    let Value::Map(members) = &feature.value else { return None };
    let text = |node: &Node, text: &str| node.with(Value::Text(text.to_owned()));
    let mut members: Vec<Entry> = members
        .iter()
        .filter(|member| !LEFT_OUT.iter().any(|left_out| member.key.is_text(left_out)))
        .cloned()
        .collect();
    let mut has_scope = false;
    for Entry { key, value } in &mut members {
        if key.is_text("name") {
            *value = text(value, name);
        } else if key.is_text("scope") {
            *value = text(value, field);
            has_scope = true;
        }
    }
    if !has_scope {
        members.push(Entry { key: text(feature, "scope"), value: text(feature, field) });
    }
    if is_list {
        let explode = feature.with(Value::Bool(true));
        members.push(Entry { key: text(feature, "explode"), value: explode });
    }
    Some(feature.with(Value::Map(members)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, feature: &str, field: &str) -> Edited {
        let edited =
            count_by(text, feature, field, false).unwrap_or_else(|error| panic!("{error}: {text}"));
        let (document, report) = crate::config::read("c.yaml", &edited.text);
        assert!(!report.has_errors(), "{report:?}");
        let names = document.unwrap().features;
        assert!(names.iter().any(|feature| feature.name.value == edited.added));
        edited
    }

    #[test]
    fn comments_and_layout_stay() {
        let text = "\
# All of it.
features:
  - name: clicks # how many
    type: counter   # plain
    scope: [item, user]
    explode: true
    where: {device: ios, n: {ge: 3}}
    windows: [7d, 30d] # two
    bucket: 1d

  # The next.
  - {name: likes, type: counter, scope: item, interaction: like}
";
        let blocks = edited(text, "clicks", "device.os");
        let added = "
  - name: clicks_by_device_os
    type: counter
    scope: device.os
    where: {device: ios, n: {ge: 3}}
    windows: [7d, 30d]
    bucket: 1d";
        let at = text.find("bucket: 1d").unwrap() + "bucket: 1d".len();
        assert_eq!(blocks.text, [&text[..at], added, &text[at..]].concat());
        assert_eq!((&*blocks.added, blocks.line), ("clicks_by_device_os", 10));
        let flow = edited(text, "likes", "items[].id");
        let line = "  - {name: likes_by_items_id, type: counter, scope: \"items[].id\", interaction: like}\n";
        assert_eq!(flow.text, format!("{text}{line}"));
        assert_eq!(flow.line, 13);
    }

    #[test]
    fn each_way_of_writing_a_list_gets_its_own_layout() {
        let entry = "{name: a, type: counter, scope: x}";
        let new = "{name: a_by_y, type: counter, scope: y}";
        let spaced = format!("features:\n\n- {entry}\n\n- {{name: b, type: counter, scope: x}}");
        for (text, want) in [
            (format!("features: [{entry}]"), format!("features: [{entry}, {new}]")),
            (
                format!("features: [\n  {entry} # one\n]\n"),
                format!("features: [\n  {entry}, {new} # one\n]\n"),
            ),
            (format!("features:\n- {entry}"), format!("features:\n- {entry}\n- {new}")),
            (
                format!("\u{feff}features:\r\n  -   {entry}\r\nevents: {{}}\r\n"),
                format!("\u{feff}features:\r\n  -   {entry}\r\n  - {new}\r\nevents: {{}}\r\n"),
            ),
            (
                "features:\n  -\n    name: a\n    type: counter\n    scope: x\n".to_owned(),
                "features:\n  -\n    name: a\n    type: counter\n    scope: x\n  - name: a_by_y\n    type: counter\n    scope: y\n".to_owned(),
            ),
            (spaced.clone(), spaced.replacen("\n\n- {name: b", &format!("\n\n- {new}\n\n- {{name: b"), 1)),
        ] {
            assert_eq!(edited(&text, "a", "y").text, want);
        }
    }

    #[test]
    fn a_matrix_gives_the_feature_that_is_meant() {
        let text = "features:\n  - name: '{event}_by_{by}'\n    type: counter\n    matrix: {event: [show, click], by: [post, user]}\n    interaction: '{event}'\n    scope: '{by}'\n";
        let edited = edited(text, "click_by_user", "app");
        let new = "  - name: click_by_user_by_app\n    type: counter\n    interaction: click\n    scope: app\n";
        assert_eq!(edited.text, format!("{text}{new}"));
    }

    #[test]
    fn names_are_free_and_what_is_merged_is_written_out() {
        let text = "base: &b {type: counter, scope: x}\nfeatures:\n- {<<: *b, name: a}\n- {<<: *b, name: a_by_y}\n";
        let edited = count_by(text, "a", "y", false).unwrap();
        assert!(
            edited
                .text
                .contains("- {name: a_by_y_2, type: counter, scope: y}\n- {<<: *b, name: a_by_y}"),
            "{}",
            edited.text
        );
    }

    #[test]
    fn what_cannot_be_added_to_is_refused() {
        let ratio = "features:\n- {name: r, type: ratio, top: a, bottom: b}\n";
        assert_eq!(count_by(ratio, "r", "y", false), Err(EditError::NoScope("r".into())));
        assert_eq!(count_by(ratio, "s", "y", false), Err(EditError::NoFeature("s".into())));
        assert_eq!(count_by("features: [", "s", "y", false), Err(EditError::Faulty));
        let alias = "x: &x {name: a, type: counter, scope: x}\nfeatures:\n- *x\n";
        assert_eq!(count_by(alias, "a", "y", false), Err(EditError::Layout("a".into())));
    }

    #[test]
    fn a_list_is_counted_by_each_of_its_elements() {
        let text = "features:\n- {name: a, type: counter, scope: x, explode: true}\n";
        let edited = count_by(text, "a", "tags", true).unwrap();
        let new = "- {name: a_by_tags, type: counter, scope: tags, explode: true}\n";
        assert_eq!(edited.text, format!("{text}{new}"));
    }

    #[test]
    fn what_counts_the_same_is_not_added_again() {
        let text = "features:\n- {name: a, type: counter, scope: x}\n- {description: b, scope: y, name: b, type: counter}\n";
        let there = |field| count_by(text, "a", field, false).err();
        assert_eq!(there("y"), Some(EditError::There("b".into())));
        assert_eq!(there("z"), None);
        assert_eq!(there("x"), Some(EditError::There("a".into())), "it counts by that itself");
        let more = text.replace("scope: y", "scope: y, half_life: 1d");
        assert!(count_by(&more, "a", "y", false).is_ok());
        let matrix = "features:\n- {name: a, type: counter, scope: x}\n- {name: 'of_{by}', type: counter, matrix: {by: [y, z]}, scope: '{by}'}\n";
        assert_eq!(count_by(matrix, "a", "z", false), Err(EditError::There("of_z".into())));
    }
}
