//! Names that differ from seed to seed. A text has them as `$item`; `$item~typo` is the name
//! misspelt, and `$item~case` in another case.

use super::random::Random;

/// Names that mean the same, by what they stand for.
const NAMES: &[(&str, &[&str])] = &[
    ("item", &["item", "product", "article"]),
    ("user", &["user", "visitor", "member"]),
    ("view", &["view", "display", "listing"]),
    ("click", &["click", "select", "visit"]),
    ("buy", &["purchase", "order", "checkout"]),
    ("post", &["post_id", "video_id", "clip_id"]),
    ("fan", &["user_id", "viewer_id", "account"]),
    ("show", &["show", "exposure", "autoplay"]),
    ("like", &["like", "heart", "upvote"]),
    ("watch", &["watch", "stream", "playback"]),
    ("movie", &["movie", "film_id", "title"]),
    ("grade", &["rating", "stars", "score"]),
    ("ad", &["advert", "creative", "banner"]),
    ("service", &["service", "backend", "upstream"]),
];

/// The names of one pair.
pub(crate) struct Words(Vec<(&'static str, &'static str, String)>);

impl Words {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let drawn = NAMES.iter().map(|(key, names)| {
            let name: &'static str = names[random.below(names.len())];
            (*key, name, misspelt(name, random))
        });
        Self(drawn.collect())
    }

    /// What stands for a key.
    pub(crate) fn of(&self, key: &str) -> &str {
        self.0.iter().find(|(own, ..)| *own == key).map_or("", |(_, name, _)| name)
    }

    /// A text with the names in it.
    pub(crate) fn put(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (key, name, typo)| {
            let capital = name[..1].to_uppercase() + &name[1..];
            text.replace(&format!("${key}~typo"), typo)
                .replace(&format!("${key}~case"), &capital)
                .replace(&format!("${key}"), name)
        })
    }
}

/// A name without one of its letters, or with two of them exchanged.
fn misspelt(name: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let at = 1 + random.below(letters.len().saturating_sub(2));
    if random.happens(0.5) || letters[at] == letters[at - 1] {
        letters.remove(at);
    } else {
        letters.swap(at - 1, at);
    }
    letters.into_iter().collect()
}
