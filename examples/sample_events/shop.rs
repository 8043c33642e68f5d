//! A shop's search in Metarank's format: people look for things, see lists, click from the top
//! down, like and buy. It must not know files.

use std::io::{self, Write};

use super::journal::Journal;
use super::random::{Random, Weighted, some_of};
use super::rhythm::{Arrivals, DAY, HOUR};

const CATEGORIES: [(&str, f64); 8] = [
    ("lamp", 45.0),
    ("chair", 120.0),
    ("desk", 260.0),
    ("rug", 90.0),
    ("mug", 14.0),
    ("plant", 22.0),
    ("shelf", 75.0),
    ("clock", 38.0),
];
const BRANDS: [&str; 10] =
    ["acme", "borealis", "casa", "dot", "elm", "fjord", "gable", "hearth", "iris", "juno"];
const TAGS: [&str; 10] =
    ["new", "sale", "oak", "steel", "eco", "kids", "vintage", "limited", "small", "bundle"];
const ADJECTIVES: [&str; 6] = ["", "cheap ", "red ", "modern ", "small ", "wooden "];
const COUNTRIES: [&str; 6] = ["DE", "FR", "US", "NL", "PL", "SE"];
const DEVICES: [&str; 3] = ["phone", "desktop", "tablet"];

/// A visit writes about so many lines.
const LINES_A_VISIT: f64 = 4.0;
/// How far down a list someone still looks, as the chance to look one place further.
const PATIENCE: f64 = 0.87;

struct Item {
    name: String,
    category: usize,
    price: f64,
    /// The chance that someone who looks at it clicks.
    appeal: f64,
    /// When it comes into the shop, and when it is sold out.
    sold: std::ops::Range<f64>,
}

struct Shop {
    items: Vec<Item>,
    /// For each category its items, and how often they are found.
    shelves: Vec<(Vec<usize>, Weighted)>,
    /// The item that everybody talks about one day, and when that begins.
    viral: (usize, f64),
    users: Vec<bool>,
    loyalty: Weighted,
    rankings: u64,
    interactions: u64,
    updates: u64,
}

/// Someone who looks at the shop.
#[derive(Clone, Copy)]
struct Visitor {
    user: usize,
    session: u64,
    device: &'static str,
    /// Clicks everything, at once.
    is_bot: bool,
}

/// Writes the log.
pub(crate) fn simulate(
    random: &mut Random,
    journal: &mut Journal<'_, impl Write>,
    lines: u64,
    days: f64,
) -> io::Result<()> {
    let mut shop = Shop::new(random, lines as f64, days);
    shop.open(random, journal);
    let mut arrivals = Arrivals::new(lines as f64 / LINES_A_VISIT, days);
    let mut session = 0;
    // The bot comes for some hours in two nights.
    let mut raids = [0.3 * days, 0.7 * days].map(|day| (day.floor() + 0.12) * DAY).to_vec();
    let mut prices = 0.5 * DAY;
    // The best seller among the lamps becomes much cheaper one noon.
    let mut sale = Some((0.35 * days).floor() * DAY + 12.0 * HOUR);
    loop {
        let now = arrivals.next(random);
        if raids.first().is_some_and(|start| *start < now) {
            let start = raids.remove(0);
            for n in 0..(lines as usize / 2_500).max(8) {
                session += 1;
                let bot = Visitor { user: 0, session, device: "desktop", is_bot: true };
                shop.search(random, journal, start + n as f64 * 150_000.0, bot);
            }
        }
        if let Some(noon) = sale.take_if(|noon| *noon < now) {
            shop.reprice(random, journal, noon, 0, 0.6);
        }
        while prices < now {
            let item = random.below(shop.items.len());
            let factor = random.between(0.85, 1.12);
            shop.reprice(random, journal, prices, item, factor);
            prices += random.wait(DAY / (shop.items.len() as f64 / 50.0));
        }
        if !journal.write_until(now)? {
            return Ok(());
        }
        session += 1;
        shop.visit(random, journal, now, session);
    }
}

impl Shop {
    fn new(random: &mut Random, lines: f64, days: f64) -> Self {
        let count = (lines / 150.0).clamp(96.0, 20_000.0) as usize;
        let users = (lines / 20.0).clamp(400.0, 200_000.0) as usize;
        let mut items: Vec<Item> = (0..count)
            .map(|n| {
                let category = n % CATEGORIES.len();
                let (noun, price) = CATEGORIES[category];
                // One in ten comes later, some of the others run out.
                let from = if n % 10 == 9 { random.between(0.1, 0.9) * days * DAY } else { -HOUR };
                let until = if n % 17 == 16 { random.between(0.4, 1.0) * days } else { f64::MAX };
                Item {
                    name: format!("{noun}-{:03}", n / CATEGORIES.len() + 1),
                    category,
                    price: (price * random.between(-0.7, 0.9).exp() * 100.0).round() / 100.0,
                    appeal: random.between(0.06, 0.34),
                    sold: from..until * DAY,
                }
            })
            .collect();
        // The first chair is a best seller that is sold out before half of the time has passed.
        items[1].appeal = 0.4;
        items[1].sold = -HOUR..(0.45 * days * DAY);
        let shelves = (0..CATEGORIES.len())
            .map(|category| {
                let shelf: Vec<_> =
                    (0..items.len()).filter(|item| items[*item].category == category).collect();
                let weights = Weighted::zipf(shelf.len(), 0.9);
                (shelf, weights)
            })
            .collect();
        Self {
            // A plant that nobody cared for, until one morning.
            viral: (count / 2 / 8 * 8 + 5, (0.6 * days).floor() * DAY + 9.0 * HOUR),
            items,
            shelves,
            users: vec![false; users],
            loyalty: Weighted::zipf(users, 0.6),
            rankings: 0,
            interactions: 0,
            updates: 0,
        }
    }

    /// Writes what is known of every item, as it comes into the shop.
    fn open(&mut self, random: &mut Random, journal: &mut Journal<'_, impl Write>) {
        let step = HOUR / self.items.len() as f64;
        for n in 0..self.items.len() {
            let tags = some_of(random, &TAGS, 3);
            let brand = BRANDS[random.below(BRANDS.len()).min(random.below(BRANDS.len()))];
            let Item { name, category, price, sold, .. } = &self.items[n];
            let time = sold.start.max(-HOUR + step * n as f64);
            let category = CATEGORIES[*category].0;
            self.updates += 1;
            let id = self.updates;
            journal.record(random, time, |at| {
                format!(
                    r#"{{"event":"item","id":"m{id}","timestamp":"{at}","item":"{name}","fields":[{{"name":"brand","value":"{brand}"}},{{"name":"category","value":"{category}"}},{{"name":"tags","value":{tags:?}}},{{"name":"price","value":{price}}}]}}"#
                )
            });
        }
    }

    /// An item gets another price.
    fn reprice(
        &mut self,
        random: &mut Random,
        journal: &mut Journal<'_, impl Write>,
        now: f64,
        item: usize,
        factor: f64,
    ) {
        let item = &mut self.items[item];
        item.price = (item.price * factor * 100.0).round() / 100.0;
        item.appeal = (item.appeal / factor).min(0.6);
        self.updates += 1;
        let (id, name, price) = (self.updates, &item.name, item.price);
        journal.record(random, now, |at| {
            format!(
                r#"{{"event":"item","id":"m{id}","timestamp":"{at}","item":"{name}","fields":[{{"name":"price","value":{price}}}]}}"#
            )
        });
    }

    /// Someone comes, and searches once or several times.
    fn visit(
        &mut self,
        random: &mut Random,
        journal: &mut Journal<'_, impl Write>,
        now: f64,
        session: u64,
    ) {
        let user = 1 + self.loyalty.draw(random).min(self.users.len() - 2);
        let device = DEVICES[random.below(3).min(random.below(3))];
        let visitor = Visitor { user, session, device, is_bot: false };
        if !std::mem::replace(&mut self.users[user], true) {
            self.updates += 1;
            let (id, country) = (self.updates, COUNTRIES[user % COUNTRIES.len()]);
            journal.record(random, now, |at| {
                format!(
                    r#"{{"event":"user","id":"m{id}","timestamp":"{at}","user":"u{user}","fields":[{{"name":"country","value":"{country}"}}]}}"#
                )
            });
        }
        if random.happens(0.04) {
            // A link in a mail: a click that no list led to.
            let item = self.find(random, now);
            self.interact(random, journal, now + 500.0, "click", item, visitor, None);
            return;
        }
        let mut time = now + 1_000.0;
        loop {
            time = self.search(random, journal, time, visitor);
            if !random.happens(0.35) {
                return;
            }
            time += random.wait(90_000.0);
        }
    }

    /// Someone searches, sees a list and looks down it; returns when that ends.
    fn search(
        &mut self,
        random: &mut Random,
        journal: &mut Journal<'_, impl Write>,
        now: f64,
        visitor: Visitor,
    ) -> f64 {
        let Visitor { user, session, device, is_bot } = visitor;
        let category = random.below(CATEGORIES.len()).min(random.below(CATEGORIES.len()));
        let adjective = ADJECTIVES[random.below(6).min(random.below(6)).min(random.below(6))];
        let query = format!("{adjective}{}", CATEGORIES[category].0);
        let list = self.list(random, now, category);
        self.rankings += 1;
        let ranking = self.rankings;
        let listed: Vec<_> =
            list.iter().map(|item| format!(r#"{{"id":"{}"}}"#, self.items[*item].name)).collect();
        let listed = listed.join(",");
        journal.record(random, now, |at| {
            format!(
                r#"{{"event":"ranking","id":"r{ranking}","timestamp":"{at}","user":"u{user}","session":"s{session}","fields":[{{"name":"query","value":"{query}"}},{{"name":"device","value":"{device}"}}],"items":[{listed}]}}"#
            )
        });
        let mut time = now;
        for (place, item) in list.iter().enumerate() {
            time += if is_bot { 400.0 } else { 800.0 + random.wait(2_500.0) };
            let heat = if *item == self.viral.0 { 2.0 } else { 1.0 };
            if is_bot || random.happens(self.items[*item].appeal * heat) {
                let led = Some((ranking, place + 1));
                self.interact(random, journal, time, "click", *item, visitor, led);
                if !is_bot {
                    time += 4_000.0 + random.wait(25_000.0);
                    if random.happens(0.16) {
                        self.interact(random, journal, time, "like", *item, visitor, led);
                    }
                    if random.happens(0.07) {
                        time += 20_000.0 + random.wait(60_000.0);
                        self.interact(random, journal, time, "purchase", *item, visitor, led);
                    }
                }
            }
            if !is_bot && !random.happens(PATIENCE) {
                break;
            }
        }
        time
    }

    /// What a search finds: up to ten items that are there, the popular ones first, about.
    fn list(&self, random: &mut Random, now: f64, category: usize) -> Vec<usize> {
        let (items, weights) = &self.shelves[category];
        let mut found: Vec<(f64, usize)> = Vec::new();
        for _ in 0..40 {
            let place = weights.draw(random);
            let item = items[place];
            let is_new = found.iter().all(|(_, other)| *other != item);
            if is_new && self.items[item].sold.contains(&now) {
                found.push((place as f64 * random.between(0.6, 1.7), item));
            }
            if found.len() == 10 {
                break;
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut list: Vec<_> = found.into_iter().map(|(_, item)| item).collect();
        if random.happens(self.hype(now)) {
            list.retain(|item| *item != self.viral.0);
            list.insert(random.below(2).min(list.len()), self.viral.0);
        }
        list
    }

    /// The share of lists that show what everybody talks about: up within hours, down in a day.
    fn hype(&self, now: f64) -> f64 {
        let age = (now - self.viral.1) / HOUR;
        if age < 0.0 { 0.0 } else { 0.8 * (age / 3.0).min(1.0) * (-age / 12.0).exp2() }
    }

    /// An item that is there.
    fn find(&self, random: &mut Random, now: f64) -> usize {
        let category = random.below(CATEGORIES.len());
        self.list(random, now, category).first().copied().unwrap_or(0)
    }

    /// Someone does something with an item; `led` is the list and the place that led there.
    #[expect(clippy::too_many_arguments, reason = "an event has this many parts")]
    fn interact(
        &mut self,
        random: &mut Random,
        journal: &mut Journal<'_, impl Write>,
        now: f64,
        kind: &str,
        item: usize,
        visitor: Visitor,
        led: Option<(u64, usize)>,
    ) {
        let Visitor { user, session, device, .. } = visitor;
        self.interactions += 1;
        let (id, Item { name, price, .. }) = (self.interactions, &self.items[item]);
        let mut fields = vec![format!(r#"{{"name":"device","value":"{device}"}}"#)];
        let mut ranking = String::new();
        if let Some((list, place)) = led {
            ranking = format!(r#""ranking":"r{list}","#);
            fields.push(format!(r#"{{"name":"position","value":{place}}}"#));
        }
        if kind == "purchase" {
            fields.push(format!(r#"{{"name":"amount","value":{price}}}"#));
        }
        let fields = fields.join(",");
        journal.record(random, now, |at| {
            format!(
                r#"{{"event":"interaction","id":"e{id}","timestamp":"{at}","type":"{kind}","item":"{name}",{ranking}"user":"u{user}","session":"s{session}","fields":[{fields}]}}"#
            )
        });
    }
}
