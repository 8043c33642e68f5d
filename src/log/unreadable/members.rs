//! Members of a line, or columns of a table: which are used as time, type and id, and what to write
//! in the config if one is missing.

use std::fmt::Write as _;

use crate::base::Timestamp;
use crate::base::escape::yaml;
use crate::base::events::EventSettings;
use crate::base::quantity::listed;
use crate::base::time::{TimeError, TimeUnit, date_in_digits, format_of_digits};
use crate::log::flat;
use crate::tape::{Reason, Rejections};

use super::{Guess, ListOfObjects, Unreadable};

/// The most names listed.
const LISTED: usize = 12;
/// The most characters shown of a name.
const LONGEST: usize = 40;
/// Common parts of the names of type members, in order of preference.
const LIKE_A_TYPE: [&str; 5] = ["type", "event", "action", "kind", "activity"];

/// The members of the first event of a log.
pub(super) struct Members<'s> {
    /// The noun for them: `column`, `member`.
    noun: &'static str,
    /// The noun for what has them: `row`, `line`.
    holder: &'static str,
    /// The names, each with the text of the first value.
    samples: Vec<(String, String)>,
    settings: &'s EventSettings,
    time: Option<String>,
    kind: Option<String>,
    /// The lists of objects, by their paths.
    lists: Vec<String>,
}

impl<'s> Members<'s> {
    pub(super) fn new(
        noun: &'static str,
        holder: &'static str,
        samples: Vec<(String, String)>,
        settings: &'s EventSettings,
    ) -> Self {
        let has = |name: &str| samples.iter().any(|(known, _)| known == name);
        let [time, kind] = flat::Members::each(settings, has);
        Self { noun, holder, samples, settings, time, kind, lists: Vec::new() }
    }

    /// The same beside these lists of objects.
    pub(super) fn with_lists(self, lists: Vec<ListOfObjects>) -> Self {
        Self { lists: lists.into_iter().map(|list| list.path).collect(), ..self }
    }

    /// True if there is a time, and a type if one is needed.
    pub(super) fn make_an_event(&self) -> bool {
        self.time.is_some() && !self.lacks_type()
    }

    /// True if there is no type, and one is needed.
    fn lacks_type(&self) -> bool {
        self.kind.is_none() && flat::needs_type(self.settings)
    }

    /// Describes a log with these members; `what` introduces them: `a CSV table with the columns`.
    pub(super) fn describe(&self, what: &str, rejections: &Rejections) -> Unreadable {
        let most = rejections.by_count().first().map(|(reason, _)| *reason);
        if let Some(key) = flat::key_of_file(self.settings)
            && self.sample(key).is_none()
        {
            let names = self.names();
            let what =
                format!("{what} {names}; there is no `{key}`, which the config names as key");
            let help = format!(
                "write `key:` with the {} that names the entity, in the entry of `metadata`",
                self.noun
            );
            return Unreadable::new(what, help);
        }
        if let (Some(each), Some(Reason::NoList)) = (&self.settings.yields.each, most) {
            let what = format!(
                "{what} {}; no {} has the list `{each}`, of which each element is to be an event",
                self.names(),
                self.holder
            );
            return Unreadable::new(what, self.lists(each));
        }
        let what = format!("{what} {}; {}", self.names(), self.roles());
        if !self.make_an_event() {
            return Unreadable { guess: self.guess(), ..Unreadable::new(what, self.help()) };
        }
        let reasons: Vec<String> = rejections
            .by_count()
            .iter()
            .map(|(reason, count)| format!("{reason}: {count}"))
            .collect();
        let what = format!("{what}; all are rejected ({})", reasons.join(", "));
        let guess = self.guess().filter(|_| most == Some(Reason::DateAsNumber));
        Unreadable { guess, ..Unreadable::new(what, self.remedy(most)) }
    }

    /// What the config could say.
    fn guess(&self) -> Option<Guess> {
        let time = self.time.as_deref().or_else(|| self.like_a_time())?;
        Some(Guess {
            timestamp: time.to_owned(),
            time_format: self.sample(time).and_then(format_of_digits),
        })
    }

    fn names(&self) -> String {
        let short = |name: &str| {
            let head: String = name.chars().take(LONGEST).collect();
            let end = if name.chars().nth(LONGEST).is_some() { "…" } else { "" };
            format!("{head}{end}")
        };
        let names: Vec<String> = self.samples.iter().map(|(name, _)| short(name)).collect();
        listed(&names, LISTED)
    }

    /// What to write if there is no list of events.
    fn lists(&self, each: &str) -> String {
        match self.lists.as_slice() {
            [] => format!(
                "there is no list of objects: remove `each: {}`; a table of CSV has no lists at all",
                yaml(each)
            ),
            [first, ..] => format!(
                "the lists of objects are {}: write `events: {{each: {}}}` in the config",
                listed(&self.lists, LISTED),
                yaml(first)
            ),
        }
    }

    /// The members that the config names for the time, which may be several.
    fn times(&self) -> impl Iterator<Item = &str> {
        self.settings.timestamp.iter().chain(&self.settings.times.parts).map(String::as_str)
    }

    fn sample(&self, member: &str) -> Option<&str> {
        let sample = self.samples.iter().find(|(name, _)| name == member);
        sample.map(|(_, text)| text.as_str())
    }

    /// The members that the time is taken from: `` `date` and `hour` ``.
    fn taken(&self, time: &str) -> String {
        let parts = self.settings.times.parts.iter().map(String::as_str);
        let all: Vec<String> =
            std::iter::once(time).chain(parts).map(|name| format!("`{name}`")).collect();
        all.join(" and ")
    }

    /// The members used as time, type and id: `the time is taken from ts, and no column …`.
    fn roles(&self) -> String {
        let noun = self.noun;
        let [mut times, kinds] = flat::Members::names(self.settings);
        if self.settings.timestamp.is_some() {
            // Of several members those that are missing.
            times = self.times().filter(|name| self.sample(name).is_none()).collect();
        }
        let looked = |names: Vec<&str>| match names.as_slice() {
            [one] => format!("there is no `{one}`, which the config names"),
            several => format!("there is none of {}", several.join(", ")),
        };
        let mut words = match (&self.time, &self.kind) {
            (Some(time), Some(kind)) => {
                format!("the time is taken from {} and the type from `{kind}`", self.taken(time))
            }
            (Some(time), None) if !self.lacks_type() => {
                format!("the time is taken from {}", self.taken(time))
            }
            (None, None) if !self.lacks_type() => {
                format!("no {noun} has the time: {}", looked(times))
            }
            (Some(time), None) => format!(
                "the time is taken from {}, and no {noun} has the type: {}",
                self.taken(time),
                looked(kinds)
            ),
            (None, Some(kind)) => format!(
                "the type is taken from `{kind}`, and no {noun} has the time: {}",
                looked(times)
            ),
            (None, None) => format!(
                "no {noun} has the time, nor the type: {}, and {}",
                looked(times),
                looked(kinds)
            ),
        };
        if let Some(id) = &self.settings.id {
            let is_there = self.samples.iter().any(|(known, _)| known == id);
            if is_there {
                let _ = write!(words, "; the id is taken from `{id}`");
            } else {
                let _ = write!(words, "; there is no {noun} `{id}` for the id");
            }
        }
        words
    }

    /// The remedy for a missing time or type.
    fn help(&self) -> String {
        let (noun, holder) = (self.noun, self.holder);
        let placeholder = noun.to_uppercase();
        let mut lines = Vec::new();
        let mut is_guess = true;
        let time = self.like_a_time().filter(|_| self.time.is_none());
        if self.time.is_none() {
            is_guess &= time.is_some();
            lines.push(format!("timestamp: {}", yaml(time.unwrap_or(&placeholder))));
        }
        let times = &self.settings.times;
        let is_plain = times.format.is_none() && times.unit.is_none();
        let format = time.and_then(|time| format_of_digits(self.sample(time)?));
        if let Some(format) = format.filter(|_| is_plain) {
            lines.push(format!("time_format: \"{format}\""));
        }
        if self.lacks_type() {
            let guess = self.like_a_type();
            is_guess &= guess.is_some();
            lines.push(format!("type: {}", yaml(guess.unwrap_or(&placeholder))));
        }
        let mut help = format!("write `events: {{{}}}` in the config", lines.join(", "));
        if !is_guess && self.settings.dialect.columns.is_some() {
            help.push_str(" with the name that `columns` gives it");
        } else if !is_guess {
            let _ = write!(help, " with the {noun} that it is");
        }
        if self.lacks_type() && self.like_a_type().is_none() {
            let _ = write!(
                help,
                "; if all {holder}s are events of one kind, say which: `type: {{const: view}}`, or \
                 count them without a type: `type: counter` with no `interaction`; if {noun}s that \
                 are 0 or 1 say what happened, name them: `flags: {{click: {}}}`",
                noun.to_uppercase()
            );
        }
        if self.time.is_none() && time.is_none() && is_plain {
            help.push_str(
                "; a time that is neither ISO 8601 nor a number of seconds is read by \
                 `time_format`, such as `time_format: \"%y%m%d%H\"` for 14102100",
            );
        }
        help
    }

    /// The remedy for lines that have a time and a type and are rejected for another reason.
    fn remedy(&self, reason: Option<Reason>) -> String {
        let time = self.time.as_deref().unwrap_or_default();
        let parts = self.settings.times.parts.iter().map(String::as_str);
        let samples =
            std::iter::once(time).chain(parts).map(|name| self.sample(name).unwrap_or(""));
        let sample: String = samples.collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect();
        let taken = self.taken(time);
        match reason {
            Some(Reason::DateAsNumber) => {
                // The unit by which a number of so many digits can be a time of today.
                let (counted, unit) =
                    if sample.len() > 10 { ("milliseconds", "ms") } else { ("seconds", "s") };
                format!(
                    "a number such as {sample} in {taken} is a date and means {}: write `events: \
                     {{time_format: \"{}\"}}` in the config; if it counts {counted} since 1970, \
                     write `events: {{unit: {unit}}}`; {}",
                    date_in_digits(&sample).unwrap_or_else(|| "2014-10-21T03:00Z".to_owned()),
                    format_of_digits(&sample).unwrap_or("%Y%m%d%H"),
                    self.other_time()
                )
            }
            Some(Reason::TimeOutOfRange | Reason::UnreadableTime)
                if let Some(format) = &self.settings.times.format =>
            {
                let what = match reason {
                    Some(Reason::TimeOutOfRange) => "is outside 1971–2099 if it is read by",
                    _ => "is not written as",
                };
                format!(
                    "a time such as {sample} in {taken} {what} `time_format: \"{}\"`: write the \
                     format that it has; {}",
                    format.pattern(),
                    self.other_time()
                )
            }
            Some(Reason::TimeOutOfRange) => format!(
                "a time such as {sample} in {taken} is outside 1971–2099: if its unit is another \
                 one, write it in the config, for example `events: {{unit: {}}}`; {}",
                TimeUnit::Millis.name(),
                self.other_time()
            ),
            Some(Reason::UnreadableTime) => format!(
                "times are ISO 8601 text, such as 2024-06-10T06:29:23Z, or numbers; other forms \
                 are written in the words of strftime, such as `events: {{time_format: \
                 \"%d/%m/%Y %H:%M\"}}`: {}",
                self.other_time()
            ),
            Some(Reason::NoFlag) => format!(
                "a flag is set by 1 or true; with `events: {{type: {{const: view}}}}` each {} is an \
                 event itself, whatever its flags",
                self.holder
            ),
            _ => format!(
                "`counterscope check CONFIG LOG` shows some of the {}s with the reason",
                self.holder
            ),
        }
    }

    /// What to write if the time is another member.
    fn other_time(&self) -> String {
        let noun = self.noun;
        let (name, which) = match self.like_a_time() {
            Some(name) => (yaml(name), String::new()),
            None => (noun.to_uppercase().into(), format!(" with the {noun} that is")),
        };
        let taken = self.taken(self.time.as_deref().unwrap_or_default());
        let is = if self.settings.times.parts.is_empty() { "is" } else { "are" };
        format!("if {taken} {is} not the time, write `events: {{timestamp: {name}}}`{which}")
    }

    /// The likeliest other member whose value is a time: one with a usual name, one whose name says
    /// so, or else the first. A number under the name of an id is none.
    fn like_a_time(&self) -> Option<&str> {
        let usual = EventSettings::default();
        let [usual, _] = flat::Members::names(&usual);
        let is_other = |name: &str| self.time.as_deref() != Some(name);
        let fits = |(name, text): &&(String, String)| {
            let is_number = text.parse::<f64>().is_ok();
            let is_time = match Timestamp::parse(text, None) {
                Ok(_) => !is_number || text.len() >= 10,
                Err(error) => error == TimeError::Date && (text.len() >= 8 || is_like_a_time(name)),
            };
            is_other(name) && is_time && !(is_number && is_like_an_id(name))
        };
        let named = usual
            .into_iter()
            .find_map(|name| self.samples.iter().find(|sample| sample.0 == name && fits(sample)));
        let says_so = |sample: &&(String, String)| fits(sample) && is_like_a_time(&sample.0);
        // A whole time rather than a date, which may be the day of it.
        let is_whole = |sample: &&(String, String)| {
            says_so(sample) && Timestamp::parse(&sample.1, None).is_ok()
        };
        let found = named.or_else(|| self.samples.iter().find(is_whole));
        let found = found.or_else(|| self.samples.iter().find(says_so));
        found.or_else(|| self.samples.iter().find(fits)).map(|(name, _)| name.as_str())
    }

    /// The most likely member to be the type.
    fn like_a_type(&self) -> Option<&str> {
        let is_word = |name: &str, text: &str| {
            let is_value = !text.is_empty() && Timestamp::parse(text, None).is_err();
            is_value && text.parse::<f64>().is_err() && !name.to_lowercase().ends_with("id")
        };
        LIKE_A_TYPE.iter().find_map(|part| {
            let fits = |(name, text): &&(String, String)| {
                name.to_lowercase().contains(part) && is_word(name, text)
            };
            self.samples.iter().find(fits).map(|(name, _)| name.as_str())
        })
    }
}

/// The words of a name: `event`, `Time` of `eventTime`; `created`, `at` of `created_at`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let is_start = c.is_uppercase() && before.is_lowercase() || !c.is_alphanumeric();
        if is_start {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

fn is_like_an_id(name: &str) -> bool {
    let last = words(name).pop().unwrap_or_default();
    ["id", "ids", "uuid", "guid", "key", "hash", "ip", "phone", "zip"].contains(&last.as_str())
        || last.ends_with("id") && last.len() > 4
}

fn is_like_a_time(name: &str) -> bool {
    let is_time = |word: &String| {
        let parts = ["time", "date", "stamp"];
        let whole =
            ["ts", "at", "hour", "day", "dt", "when", "ms", "us", "sec", "seconds", "epoch"];
        parts.iter().any(|part| word.contains(part)) || whole.contains(&word.as_str())
    };
    words(name).iter().any(is_time)
}
