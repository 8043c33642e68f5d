//! `matrix`: expands an entry of `features` into one for each combination of its axes. Works on
//! YAML values, before any feature is read.

use crate::diagnostic::{Faults, Label, codes, nearest};

use super::document::{AxisLabel, Spanned};
use super::node::{Entry, Node, Value};

/// The most features that one entry may expand to.
const LIMIT: usize = 100_000;

/// An axis: its name and its values, each with the label that replaces `{name}` in texts.
struct Axis {
    name: String,
    values: Vec<(String, Node)>,
}

/// One index into the values of each axis.
type Combination = Vec<usize>;

/// A condition of `exclude`: the index of an axis, and the excluded labels of that axis.
type Exclusion = Vec<(usize, Vec<String>)>;

/// An expanded entry.
pub(super) struct Expanded {
    pub entry: Node,
    /// The combination, such as `event: show, by: post`, at the span that names the entry; `None`
    /// for an entry without a matrix.
    pub combination: Option<Label>,
}

/// The entries that an entry expands to: the entry itself if it has no `matrix`; none, with faults,
/// if the matrix is invalid.
pub(super) fn expand(entry: &Node, faults: &mut Faults) -> Vec<Expanded> {
    let alone = || vec![Expanded { entry: entry.clone(), combination: None }];
    let Value::Map(members) = &entry.value else { return alone() };
    let Some(matrix) = entry.get("matrix") else {
        if let Some(exclude) = members.iter().find(|member| member.key.is_text("exclude")) {
            let message = "`exclude` needs a `matrix`";
            let help = "add `matrix: {axis: [a, b]}`, or remove `exclude`";
            faults.add(codes::BAD_MATRIX.at(exclude.key.span.clone(), message).help(help));
        }
        return alone();
    };
    let Some(axes) = axes(matrix, faults) else { return Vec::new() };
    let total = axes.iter().try_fold(1_usize, |n, axis| n.checked_mul(axis.values.len()));
    if total.is_none_or(|total| total > LIMIT) {
        let message = format!("the matrix has more than {LIMIT} combinations");
        let help = "split it into several entries, or shorten an axis";
        faults.add(codes::BAD_MATRIX.at(matrix.span.clone(), message).help(help));
        return Vec::new();
    }
    let exclusions = match entry.get("exclude") {
        None => Vec::new(),
        Some(exclude) => match exclusions(exclude, &axes, faults) {
            Some(exclusions) => exclusions,
            None => return Vec::new(),
        },
    };
    let template: Vec<&Entry> = members
        .iter()
        .filter(|member| !member.key.is_text("matrix") && !member.key.is_text("exclude"))
        .collect();
    if !placeholders_are_axes(&template, &axes, faults) {
        return Vec::new();
    }
    let place = entry.get("name").unwrap_or(matrix);
    combinations(&axes)
        .filter(|at| !exclusions.iter().any(|exclusion| excludes(exclusion, at, &axes)))
        .map(|at| {
            let members = template.iter().map(|member| fill_entry(member, &axes, &at));
            let message = format!("with {}", described(&axes, &at));
            Expanded {
                entry: entry.with(Value::Map(members.collect())),
                combination: Some(Label { span: place.span.clone(), message }),
            }
        })
        .collect()
}

/// The labels of the axes that make up an entry's scope, with the attributes that they stand for.
pub(super) fn labels_of_scope(entry: &Node) -> Vec<AxisLabel> {
    let Some(Value::Map(axes)) = entry.get("matrix").map(|matrix| &matrix.value) else {
        return Vec::new();
    };
    let scope = entry.get("scope").map_or_else(Vec::new, texts);
    let is_of_scope = |axis: &str| scope.contains(&format!("{{{axis}}}"));
    let name = entry.get("name").and_then(Node::scalar_text).unwrap_or_default();
    let mut labels = Vec::new();
    for Entry { key, value } in axes {
        let Some(axis) = key.scalar_text().filter(|axis| is_of_scope(axis)) else { continue };
        let Value::Map(labelled) = &value.value else { continue };
        labels.extend(labelled.iter().filter_map(|Entry { key, value }| {
            let label = Spanned { value: key.scalar_text()?, span: key.span.clone() };
            let (axis, entry) = (axis.clone(), name.clone());
            Some(AxisLabel { axis, label, attributes: texts(value), entry })
        }));
    }
    labels
}

/// A scalar, or the scalars of a list, as texts.
fn texts(node: &Node) -> Vec<String> {
    match &node.value {
        Value::List(elements) => elements.iter().filter_map(Node::scalar_text).collect(),
        _ => node.scalar_text().into_iter().collect(),
    }
}

fn axes(matrix: &Node, faults: &mut Faults) -> Option<Vec<Axis>> {
    let help = "write axes as `{event: [show, click]}` or `{by: {post: [post_id]}}`";
    let entries = match &matrix.value {
        Value::Map(entries) if !entries.is_empty() => entries,
        _ => {
            let message = "a matrix is a map of axes";
            faults.add(codes::BAD_MATRIX.at(matrix.span.clone(), message).help(help));
            return None;
        }
    };
    let mut axes: Vec<Axis> = Vec::new();
    for Entry { key, value } in entries {
        let name = key.scalar_text().unwrap_or_default();
        let values: Vec<(String, Node)> = match &value.value {
            Value::List(elements) => elements
                .iter()
                .filter_map(|element| Some((element.scalar_text()?, element.clone())))
                .collect(),
            Value::Map(labelled) => labelled
                .iter()
                .filter_map(|entry| Some((entry.key.scalar_text()?, entry.value.clone())))
                .collect(),
            _ => Vec::new(),
        };
        let written = match &value.value {
            Value::List(elements) => elements.len(),
            Value::Map(labelled) => labelled.len(),
            _ => 0,
        };
        let message = if !is_axis_name(&name) {
            "the name of an axis is letters, digits and `_`".to_owned()
        } else if axes.iter().any(|axis| axis.name == name) {
            format!("the matrix has the axis `{name}` twice")
        } else if written == 0 || values.len() < written {
            format!(
                "the axis `{name}` is neither a list of scalars nor a map from labels to values"
            )
        } else if let Some(label) = repeated(&values) {
            format!("the axis `{name}` has `{label}` twice")
        } else {
            axes.push(Axis { name, values });
            continue;
        };
        faults.add(codes::BAD_MATRIX.at(key.span.clone(), message).help(help));
        return None;
    }
    Some(axes)
}

fn exclusions(exclude: &Node, axes: &[Axis], faults: &mut Faults) -> Option<Vec<Exclusion>> {
    let help = "write combinations as `[{event: share, by: country}]`";
    let Value::List(written) = &exclude.value else {
        let message = format!("`exclude` is a list of combinations, not {}", exclude.kind());
        faults.add(codes::BAD_MATRIX.at(exclude.span.clone(), message).help(help));
        return None;
    };
    let mut exclusions = Vec::new();
    for combination in written {
        let entries = match &combination.value {
            Value::Map(entries) if !entries.is_empty() => entries,
            _ => {
                let message = "a combination is a map from axes to labels";
                faults.add(codes::BAD_MATRIX.at(combination.span.clone(), message).help(help));
                return None;
            }
        };
        let mut exclusion = Exclusion::new();
        for Entry { key, value } in entries {
            let name = key.scalar_text().unwrap_or_default();
            let Some(at) = axes.iter().position(|axis| axis.name == name) else {
                no_axis(key, &name, axes, faults);
                return None;
            };
            let labels = match &value.value {
                Value::List(labels) => labels.iter().map(Node::scalar_text).collect(),
                _ => vec![value.scalar_text()],
            };
            let known = |label: &String| axes[at].values.iter().any(|(known, _)| known == label);
            let Some(labels) =
                labels.into_iter().map(|label| label.filter(known)).collect::<Option<Vec<_>>>()
            else {
                let message = format!("the axis `{name}` does not have this label");
                let labels: Vec<_> = axes[at].values.iter().map(|(l, _)| l.as_str()).collect();
                let help = format!("its labels are {}", labels.join(", "));
                faults.add(codes::BAD_MATRIX.at(value.span.clone(), message).help(help));
                return None;
            };
            exclusion.push((at, labels));
        }
        exclusions.push(exclusion);
    }
    Some(exclusions)
}

fn excludes(exclusion: &Exclusion, at: &[usize], axes: &[Axis]) -> bool {
    exclusion.iter().all(|(axis, labels)| labels.contains(&axes[*axis].values[at[*axis]].0))
}

/// All combinations; the last axis varies fastest.
fn combinations(axes: &[Axis]) -> impl Iterator<Item = Combination> {
    let sizes: Vec<usize> = axes.iter().map(|axis| axis.values.len()).collect();
    let total: usize = sizes.iter().product();
    (0..total).map(move |mut n| {
        let mut at = vec![0; sizes.len()];
        for (place, size) in at.iter_mut().zip(&sizes).rev() {
            *place = n % size;
            n /= size;
        }
        at
    })
}

/// A combination as text: `event: show, by: post`.
fn described(axes: &[Axis], at: &[usize]) -> String {
    let each = axes.iter().zip(at).map(|(axis, n)| format!("{}: {}", axis.name, axis.values[*n].0));
    each.collect::<Vec<_>>().join(", ")
}

fn fill_entry(entry: &Entry, axes: &[Axis], at: &[usize]) -> Entry {
    // A key is always a text: an axis is replaced by its label.
    let key = match &entry.key.value {
        Value::Text(text) => entry.key.with(Value::Text(labelled(text, axes, at))),
        _ => entry.key.clone(),
    };
    Entry { key, value: fill(&entry.value, axes, at) }
}

fn fill(node: &Node, axes: &[Axis], at: &[usize]) -> Node {
    let value = match &node.value {
        Value::Text(text) => {
            let whole = axes.iter().position(|axis| {
                text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
                    == Some(axis.name.as_str())
            });
            match whole {
                Some(n) => return axes[n].values[at[n]].1.clone(),
                None => Value::Text(labelled(text, axes, at)),
            }
        }
        Value::List(elements) => {
            Value::List(elements.iter().map(|element| fill(element, axes, at)).collect())
        }
        Value::Map(entries) => {
            Value::Map(entries.iter().map(|entry| fill_entry(entry, axes, at)).collect())
        }
        other => other.clone(),
    };
    node.with(value)
}

/// A text with axes replaced by their labels.
fn labelled(text: &str, axes: &[Axis], at: &[usize]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, name, after)) = placeholder(rest) {
        filled.push_str(before);
        // Only a description may still contain another name, which stays as written.
        let known = axes.iter().zip(at).find(|(known, _)| known.name == name);
        match known {
            Some((known, n)) => filled.push_str(&known.values[*n].0),
            None => filled.extend(["{", name, "}"]),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// The first `{name}` of a text: the text before it, the name, and the text behind it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| from + at) {
        let inside = &text[open + 1..];
        if let Some(close) = inside.find(['{', '}'])
            && inside[close..].starts_with('}')
            && is_axis_name(&inside[..close])
        {
            return Some((&text[..open], &inside[..close], &inside[close + 1..]));
        }
        from = open + 1;
    }
    None
}

/// Reports placeholders of an entry that name no axis. A description may contain any text.
fn placeholders_are_axes(template: &[&Entry], axes: &[Axis], faults: &mut Faults) -> bool {
    fn walk(node: &Node, axes: &[Axis], faults: &mut Faults) {
        match &node.value {
            Value::Text(text) => {
                let mut rest = text.as_str();
                while let Some((_, name, after)) = placeholder(rest) {
                    if !axes.iter().any(|axis| axis.name == name) {
                        no_axis(node, name, axes, faults);
                    }
                    rest = after;
                }
            }
            Value::List(elements) => elements.iter().for_each(|e| walk(e, axes, faults)),
            Value::Map(entries) => {
                for entry in entries {
                    walk(&entry.key, axes, faults);
                    walk(&entry.value, axes, faults);
                }
            }
            _ => {}
        }
    }
    let before = faults.errors();
    for member in template.iter().filter(|member| !member.key.is_text("description")) {
        walk(&member.key, axes, faults);
        walk(&member.value, axes, faults);
    }
    faults.errors() == before
}

fn no_axis(node: &Node, name: &str, axes: &[Axis], faults: &mut Faults) {
    let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the axes are {}", names.join(", ")),
    };
    let message = format!("the matrix has no axis `{name}`");
    faults.add(codes::BAD_MATRIX.at(node.span.clone(), message).help(help));
}

fn repeated(values: &[(String, Node)]) -> Option<&str> {
    let mut labels: Vec<&str> = values.iter().map(|(label, _)| label.as_str()).collect();
    labels.sort_unstable();
    labels.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

fn is_axis_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, Vec<String>> {
        let mut faults = Faults::default();
        let entries = expand(&Node::read(text).unwrap(), &mut faults);
        let faults: Vec<_> = faults.into_vec().into_iter().map(|d| d.message).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(entries.iter().map(|e| e.entry.get("name").unwrap().scalar_text().unwrap()).collect())
    }

    #[test]
    fn every_combination_becomes_a_feature() {
        let text = "{name: '{event}_by_{by}', matrix: {event: [show, like], \
                    by: {post: [post_id], ua: [user, author]}}, \
                    exclude: [{event: like, by: [ua]}]}";
        let want = ["show_by_post", "show_by_ua", "like_by_post"];
        assert_eq!(names(text), Ok(want.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_whole_text_becomes_the_value() {
        let text = "{name: x, scope: '{by}', where: {'{by}': '{n}', k: 'a{n}'}, \
                    matrix: {by: {ua: [user, author]}, n: [7]}}";
        let mut faults = Faults::default();
        let entry = expand(&Node::read(text).unwrap(), &mut faults).remove(0).entry;
        assert!(matches!(&entry.get("scope").unwrap().value, Value::List(l) if l.len() == 2));
        let filter = entry.get("where").unwrap();
        assert_eq!(filter.get("ua").unwrap().value, Value::Integer(7));
        assert!(filter.get("k").unwrap().is_text("a7"));
        assert!(entry.get("matrix").is_none());
    }

    #[test]
    fn faults_of_a_matrix_are_reported() {
        for text in [
            "{name: x, matrix: [a]}",
            "{name: x, matrix: {}}",
            "{name: x, matrix: {a: []}}",
            "{name: x, matrix: {a: b}}",
            "{name: x, matrix: {a: [[b]]}}",
            "{name: x, matrix: {a: [b, b]}}",
            "{name: x, matrix: {'a b': [c]}}",
            "{name: x, matrix: {a: [b], a: [c]}}",
            "{name: 'x{c}', matrix: {a: [b]}}",
            "{name: x, matrix: {a: [b]}, exclude: {a: b}}",
            "{name: x, matrix: {a: [b]}, exclude: [{c: b}]}",
            "{name: x, matrix: {a: [b]}, exclude: [{a: c}]}",
            "{name: x, matrix: {a: [b]}, exclude: [{}]}",
            "{name: x, exclude: [{a: c}]}",
        ] {
            assert_eq!(names(text).map_err(|faults| faults.len()), Err(1), "{text}");
        }
    }

    #[test]
    fn a_matrix_too_large_is_refused_before_it_is_built() {
        let axis: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
        let axis = axis.join(", ");
        let text = format!("{{name: x, matrix: {{a: [{axis}], b: [{axis}], c: [{axis}]}}}}");
        assert!(names(&text).unwrap_err()[0].contains("more than"));
    }
}
