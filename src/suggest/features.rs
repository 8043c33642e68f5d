//! What is counted: events by their main entities, rates of what follows an exposure, means and
//! sums of measures, and who takes part.

use crate::base::Millis;
use crate::base::escape::yaml;
use crate::base::quantity::grouped;

use super::names::{self, Role, label};
use super::view::{Entity, Happening, View};
use super::windows::Windows;

/// The most features.
const MOST: usize = 15;
/// The most rates of one entity, and the most measures.
const RATES: usize = 3;
const MEASURES: usize = 2;

/// A feature with its reason; the values of its members are YAML.
#[derive(Clone, Debug)]
pub(super) struct Feature {
    pub(super) reason: String,
    pub(super) name: String,
    pub(super) members: Vec<(&'static str, String)>,
}

struct Proposal<'v> {
    view: &'v View<'v>,
    windows: Option<&'v Windows>,
    features: Vec<Feature>,
}

/// The features that a log is worth.
pub(super) fn features(view: &View<'_>, windows: Option<&Windows>) -> Vec<Feature> {
    let mut proposal = Proposal { view, windows, features: Vec::new() };
    let main = view.entities.iter().find(|it| matches!(it.role, Role::Item | Role::Other));
    let main = main.or_else(|| view.entities.first());
    let user = view.entities.iter().find(|it| it.role == Role::User);
    let user = user.filter(|user| main.is_none_or(|main| main.path != user.path));
    let group = view.entities.iter().find(|it| it.role == Role::Group);
    let group = group.filter(|group| main.is_none_or(|main| main.path != group.path));
    proposal.counts(main);
    if let Some(main) = main {
        proposal.rates(main, RATES);
        proposal.decays(main);
        proposal.measures(main);
    }
    if let (Some(main), Some(user)) = (main, user) {
        proposal.different(main, user);
    }
    if let Some(group) = group {
        proposal.rates(group, 1);
    }
    if let Some(user) = user {
        proposal.by_user(user);
    }
    if let Some(main) = main {
        proposal.top(main);
    }
    proposal.features.truncate(MOST);
    proposal.features
}

impl Proposal<'_> {
    fn add(&mut self, name: String, reason: String, members: Vec<(&'static str, String)>) {
        if self.features.iter().all(|known| known.name != name) {
            self.features.push(Feature { reason, name, members });
        }
    }

    /// The types with an entity that are logged, the most frequent first.
    fn logged(&self, entity: &Entity) -> Vec<Happening<'_>> {
        let logged = self.view.happenings.iter().filter(|it| it.events.is_some());
        logged.filter(|it| self.view.has(it, &entity.path)).cloned().collect()
    }

    /// Members for the events of a type by an entity.
    fn of(kind: &str, scope: &str) -> Vec<(&'static str, String)> {
        let kind = yaml(kind).into_owned();
        vec![("type", "counter".into()), ("scope", yaml(scope).into()), ("interaction", kind)]
    }

    /// Members for all windows, or only the longest.
    fn windows(&self, all: bool) -> Vec<(&'static str, String)> {
        let Some(windows) = self.windows else { return Vec::new() };
        let lengths = if all { windows.lengths.clone() } else { vec![windows.longest()] };
        vec![("windows", list(&lengths)), ("bucket", windows.bucket.to_string())]
    }

    fn counts(&mut self, main: Option<&Entity>) {
        let (kinds, scope, by) = match main {
            Some(main) => (self.logged(main), main.path.as_str(), format!("_by_{}", main.label)),
            None => (self.view.happenings.clone(), "global", String::new()),
        };
        let kinds: Vec<(String, Option<u64>)> =
            kinds.into_iter().map(|kind| (kind.name, kind.events)).collect();
        for (at, (name, events)) in kinds.into_iter().enumerate() {
            let events = events.map_or_else(String::new, grouped);
            let who = match main {
                Some(main) => format!("`{}` has {}, which come again", main.path, different(main)),
                None => "no field has ids that come again, so all are counted together".to_owned(),
            };
            let reason = match at {
                0 => format!("`{name}` is the most frequent type ({events} events); {who}."),
                _ => format!("`{name}`, {events} events, in the same windows."),
            };
            let mut members = Self::of(&name, scope);
            members.extend(self.windows(true));
            self.add(format!("{}{by}", label(&name)), reason, members);
        }
    }

    /// The exposure of an entity, and what follows it.
    fn exposure(&self, entity: &Entity) -> Option<(Happening<'_>, Vec<Happening<'_>>)> {
        let with = self.view.happenings.iter().filter(|it| self.view.has(it, &entity.path));
        let with: Vec<&Happening<'_>> = with.collect();
        let ranked = with.iter().filter_map(|it| Some((names::exposure(&it.name)?, *it)));
        let shown = ranked.min_by_key(|(rank, _)| *rank).map(|(_, it)| it);
        let chosen = || with.first().copied().filter(|it| names::is_choice(&it.name));
        let shown = shown.or_else(chosen)?;
        let follows = |it: &&&Happening<'_>| {
            let is_less = match (it.events, shown.events) {
                (Some(events), Some(shown)) => events <= shown,
                (Some(_), None) => true,
                (None, _) => false,
            };
            is_less && it.name != shown.name
        };
        let following: Vec<Happening<'_>> =
            with.iter().filter(follows).map(|it| (*it).clone()).collect();
        Some((shown.clone(), following))
    }

    fn rates(&mut self, entity: &Entity, most: usize) {
        let Some(windows) = self.windows else { return };
        let Some((shown, following)) = self.exposure(entity) else { return };
        let made = if shown.events.is_none() {
            " Impressions are made from rankings: what stood above the lowest click was seen."
        } else {
            ""
        };
        let shown = shown.name.clone();
        let tops: Vec<String> = following.iter().take(most).map(|it| it.name.clone()).collect();
        let periods = windows.periods();
        let periods = if most == 1 { &periods[periods.len() - 1..] } else { &periods[..] };
        for (at, top) in tops.into_iter().enumerate() {
            let mut members = vec![
                ("type", "rate".into()),
                ("scope", yaml(&entity.path).into()),
                ("top", yaml(&top).into()),
                ("bottom", yaml(&shown).into()),
                ("bucket", windows.bucket.to_string()),
                ("periods", list(periods)),
            ];
            let reason = match at {
                0 => format!(
                    "`{shown}` says by its name that something was seen, and `{top}` is rarer: how \
                     often it follows.{made} `normalize` draws a rate of few events towards the \
                     rate of all."
                ),
                _ => format!("The same for `{top}`."),
            };
            members.push(("normalize", "{weight: 10}".into()));
            self.add(format!("{}_rate_by_{}", label(&top), entity.label), reason, members);
        }
    }

    /// The rarest type fades: it is what a window has least of.
    fn decays(&mut self, main: &Entity) {
        let Some(half_life) = self.windows.and_then(|windows| windows.half_life) else { return };
        let logged = self.logged(main);
        let Some(kind) = logged.get(1).or_else(|| logged.first()).map(|it| it.name.clone()) else {
            return;
        };
        let reason = format!(
            "Fading instead of cut off: an event counts half after {half_life}, so that a trend \
             shows without the edge of a window."
        );
        let mut members = Self::of(&kind, &main.path);
        members.push(("half_life", half_life.to_string()));
        self.add(format!("{}_trend_by_{}", label(&kind), main.label), reason, members);
    }

    fn measures(&mut self, main: &Entity) {
        let measures = self.view.measures.iter().filter(|measure| {
            let kind = self.view.happenings.iter().find(|it| it.name == measure.kind);
            kind.is_some_and(|kind| self.view.has(kind, &main.path))
        });
        let measures: Vec<_> = measures.take(MEASURES).cloned().collect();
        for measure in measures {
            let aggregates: &[_] = if measure.has_sum { &["mean", "sum"] } else { &["mean"] };
            for aggregate in aggregates {
                let reason = match *aggregate {
                    "mean" => format!("`{}` is a number that measures something.", measure.path),
                    _ => "And all of it together.".to_owned(),
                };
                let mut members = Self::of(&measure.kind, &main.path);
                members.push(("aggregate", (*aggregate).to_owned()));
                members.push(("value", yaml(&measure.path).into()));
                members.extend(self.windows(false));
                let name = format!("{aggregate}_{}_by_{}", label(&measure.path), main.label);
                self.add(name, reason, members);
            }
        }
    }

    fn different(&mut self, main: &Entity, user: &Entity) {
        let logged = self.logged(main);
        let both = logged.iter().find(|it| self.view.has(it, &user.path));
        let Some(kind) = both.map(|it| it.name.clone()) else { return };
        let reason = format!(
            "How many different ones of `{}` stand behind the events: one who comes often is one.",
            user.path
        );
        let mut members = Self::of(&kind, &main.path);
        members.push(("aggregate", "distinct".into()));
        members.push(("value", yaml(&user.path).into()));
        members.extend(self.windows(false));
        self.add(format!("different_{}_by_{}", user.label, main.label), reason, members);
    }

    fn by_user(&mut self, user: &Entity) {
        let kinds: Vec<String> =
            self.logged(user).iter().take(2).map(|it| it.name.clone()).collect();
        for kind in kinds {
            let reason = format!(
                "How active each of `{}` is, of which there are {}.",
                user.path,
                different(user)
            );
            let mut members = Self::of(&kind, &user.path);
            members.extend(self.windows(true));
            self.add(format!("{}_by_{}", label(&kind), user.label), reason, members);
        }
    }

    fn top(&mut self, main: &Entity) {
        let Some(kind) = self.logged(main).first().map(|it| it.name.clone()) else { return };
        let reason = format!("Which of `{}` come most often, over all.", main.path);
        let mut members = Self::of(&kind, "global");
        members.push(("aggregate", "top_k".into()));
        members.push(("value", yaml(&main.path).into()));
        members.push(("k", "5".into()));
        members.extend(self.windows(false));
        self.add(format!("top_{}", main.label), reason, members);
    }
}

/// How many values a field has.
fn different(entity: &Entity) -> String {
    let about = if entity.is_exact { "" } else { "about " };
    format!("{about}{} different values", grouped(entity.distinct))
}

/// Values in a flow list.
fn list<T: ToString>(values: &[T]) -> String {
    let values: Vec<String> = values.iter().map(T::to_string).collect();
    format!("[{}]", values.join(", "))
}

/// How long a key is kept, if the usual 90 days are too short for a log.
pub(super) fn ttl(span: Millis) -> Option<Millis> {
    let usual = Millis::DAY.0 * 90;
    let days = (span.0 + Millis::DAY.0 - 1) / Millis::DAY.0;
    (span.0 > usual / 2).then_some(Millis((days * 2 * Millis::DAY.0).max(usual * 4)))
}
