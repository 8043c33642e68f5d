//! Names: what the words of a member or a type tell of it.

/// Events that only say that something was seen, those that say it best first.
const EXPOSURES: [&str; 8] =
    ["impression", "impressions", "exposure", "show", "shown", "display", "view", "pageview"];
/// Events that follow a choice, and so can be the exposure of what follows them.
const CHOICES: [&str; 4] = ["view", "click", "clicks", "open"];
/// What somebody does.
const ACTIONS: [&str; 22] = [
    "click",
    "clicked",
    "like",
    "liked",
    "follow",
    "comment",
    "forward",
    "share",
    "hate",
    "view",
    "purchase",
    "buy",
    "bought",
    "cart",
    "conversion",
    "converted",
    "install",
    "order",
    "play",
    "watch",
    "save",
    "favorite",
];
/// What an event is about.
const ITEMS: [&str; 21] = [
    "item", "product", "video", "post", "movie", "film", "song", "track", "article", "sku", "aid",
    "repo", "listing", "content", "creative", "book", "itemid", "object", "page", "ad", "banner",
];
/// Who acts.
const USERS: [&str; 15] = [
    "user",
    "visitor",
    "visitorid",
    "customer",
    "client",
    "actor",
    "account",
    "member",
    "viewer",
    "reader",
    "anonymous",
    "person",
    "uid",
    "userid",
    "device",
];
/// What items or events are grouped by.
const GROUPS: [&str; 18] = [
    "author",
    "artist",
    "brand",
    "category",
    "channel",
    "seller",
    "shop",
    "publisher",
    "country",
    "genre",
    "campaign",
    "site",
    "app",
    "feed",
    "domain",
    "query",
    "creator",
    "topic",
];
/// Ids that are of one event, or of few.
const OWN: [&str; 14] = [
    "message",
    "request",
    "transaction",
    "transactionid",
    "order",
    "trace",
    "span",
    "event",
    "time",
    "timestamp",
    "date",
    "title",
    "text",
    "url",
];
/// Numbers that grow with what they measure, and are worth a sum.
const AMOUNTS: [&str; 12] = [
    "time", "duration", "seconds", "ms", "amount", "revenue", "quantity", "total", "length",
    "watch", "dwell", "cost",
];
/// Numbers of which only a mean says something.
const GRADES: [&str; 7] = ["rating", "score", "stars", "price", "value", "propensity", "grade"];
/// The last words of names that hold an id.
const ID: [&str; 5] = ["id", "ids", "key", "sku", "uuid"];

/// What a field stands for, by its name; those that matter most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// What an event is about.
    Item,
    /// Who acts.
    User,
    /// What items or events are grouped by.
    Group,
    /// An id of something else.
    Other,
}

/// The words of a name: `event`, `time` of `eventTime`; `repo`, `id` of `repo.id`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        if c.is_uppercase() && before.is_lowercase() || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn any(words: &[String], of: &[&str]) -> bool {
    words.iter().any(|word| of.contains(&word.as_str()))
}

/// What a field stands for; `None` for what is of one event, or is no id by its name.
pub(super) fn role(path: &str) -> Option<Role> {
    // What lies deep is told by its last names: `object.object_id` of `event_attributes`.
    let dots: Vec<usize> = path.rmatch_indices('.').map(|(at, _)| at).collect();
    let words = words(dots.get(1).map_or(path, |at| &path[at + 1..]));
    let last = words.last()?.as_str();
    // Of `page_urlpath` and `user_feature_0` only the first word is that of an entity.
    let is_plain = words.len() == 1 || ID.contains(&last) || ["name", "login"].contains(&last);
    if any(&words, &OWN) {
        return None;
    }
    // An author of a post is an author, a country of a user a country.
    if any(&words, &GROUPS) && (is_plain || any(&words[words.len() - 1..], &GROUPS)) {
        return Some(Role::Group);
    }
    match () {
        () if is_plain && any(&words, &USERS) => Some(Role::User),
        () if is_plain && any(&words, &ITEMS) => Some(Role::Item),
        () if ID.contains(&last) && words.len() > 1 => Some(Role::Other),
        () => None,
    }
}

/// True for a number that measures something; `Some(true)` if it is worth a sum.
pub(super) fn measure(path: &str) -> Option<bool> {
    let words = words(path);
    if words.iter().any(|word| ["id", "position", "rank", "at", "ts"].contains(&word.as_str())) {
        return None;
    }
    match () {
        () if any(&words, &AMOUNTS) => Some(true),
        () if any(&words, &GRADES) => Some(false),
        () => None,
    }
}

/// True for a grade that each line may be: a rating, a score.
pub(super) fn is_grade(path: &str) -> bool {
    any(&words(path), &["rating", "score", "stars", "grade"])
}

/// True if a member that is 0 or 1 says by its name that something happened.
pub(super) fn is_action(path: &str) -> bool {
    any(&words(path), &ACTIONS)
}

/// How well a type says that something was seen, 0 best; `None` if it does not.
pub(super) fn exposure(kind: &str) -> Option<usize> {
    let words = words(kind);
    EXPOSURES.iter().position(|exposure| words.iter().any(|word| word == exposure))
}

/// True if others may follow events of this type, where nothing says what was seen.
pub(super) fn is_choice(kind: &str) -> bool {
    any(&words(kind), &CHOICES)
}

/// True if a name is one of a member with the type.
pub(super) fn is_like_a_type(path: &str) -> bool {
    let words = words(path);
    any(&words, &["type", "event", "action", "kind", "activity"])
        && !any(&words, &["id", "date", "time", "timestamp", "value"])
}

/// True if a name is one of a member with the event's id.
pub(super) fn is_like_an_event_id(path: &str) -> bool {
    let words = words(path);
    let own = [["event", "id"], ["message", "id"], ["request", "id"]];
    words == ["id"] || own.iter().any(|own| words == own)
}

/// A name for an output, of letters, digits and `_`: `repo` of `repo.id`, `user` of `userId`.
pub(super) fn label(name: &str) -> String {
    let mut words = words(name);
    if words.len() > 1 && words.last().is_some_and(|last| ID.contains(&last.as_str())) {
        words.pop();
    }
    if let Some(last) = words.last_mut()
        && let Some(head) = last.strip_suffix("id").filter(|head| head.len() > 3)
    {
        *last = head.to_owned();
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let label: String = words.join("_").chars().map(plain).collect();
    if label.is_empty() { "x".to_owned() } else { label }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_it_stands_for() {
        for (path, stands_for) in [
            ("item", Some(Role::Item)),
            ("movieId", Some(Role::Item)),
            ("repo.id", Some(Role::Item)),
            ("visitorid", Some(Role::User)),
            ("actor.login", Some(Role::User)),
            ("author_id", Some(Role::Group)),
            ("item.brand", Some(Role::Group)),
            ("user.country", Some(Role::Group)),
            ("lobby_id", Some(Role::Other)),
            ("transaction_id", None),
            ("user_feature_0", None),
            ("title", None),
            ("event_attributes.object.object_id", Some(Role::Item)),
        ] {
            assert_eq!(role(path), stands_for, "{path}");
        }
        assert_eq!(measure("watch_time"), Some(true));
        assert_eq!(measure("rating"), Some(false));
        assert_eq!(measure("position"), None);
    }

    #[test]
    fn a_label_is_a_name_for_an_output() {
        for (name, written) in [
            ("repo.id", "repo"),
            ("visitorid", "visitor"),
            ("userId", "user"),
            ("Product Viewed", "product_viewed"),
            ("…", "x"),
        ] {
            assert_eq!(label(name), written);
        }
    }
}
