//! The whole log at a glance: how many events lie in each part of its time.

use std::sync::Arc;

use crate::base::Timestamp;

use super::super::replay::Replay;
use super::super::snapshot::{Mark, MarkKind, Timeline};

/// The timeline that was drawn last, and what it was drawn for.
#[derive(Default)]
pub(super) struct Cache {
    drawn: Option<(usize, usize, Arc<Timeline>)>,
}

/// How many marks of late events are shown.
const MARKED: usize = 64;

impl Cache {
    /// The timeline in so many cells.
    pub(super) fn draw(&mut self, replay: &Replay, cells: usize, marks: &[Mark]) -> Arc<Timeline> {
        let events = replay.tape().events();
        if let Some((known, width, timeline)) = &self.drawn {
            // While it loads, a redraw for every tenth more is enough.
            let close =
                *known == events || (!replay.tape().is_finished() && events < known + known / 10);
            if close && *width == cells {
                return Arc::clone(timeline);
            }
        }
        let timeline = Arc::new(timeline(replay, cells, marks));
        self.drawn = Some((events, cells, Arc::clone(&timeline)));
        timeline
    }
}

fn timeline(replay: &Replay, cells: usize, marks: &[Mark]) -> Timeline {
    let tape = replay.tape();
    let events = tape.events();
    let (Some(start), Some(end)) = (tape.clock(1), tape.clock(events)) else {
        return Timeline::default();
    };
    let span = (end.0 - start.0).max(1) as f64;
    let mut density = vec![0u32; cells];
    let mut marks = marks.to_vec();
    let mut newest = i64::MIN;
    tape.visit_times(|time| {
        if time < newest && marks.len() < MARKED {
            marks.push(Mark { at: Timestamp(newest), kind: MarkKind::Late });
        }
        newest = newest.max(time);
        let share = (time.max(start.0) - start.0) as f64 / span;
        if cells > 0 {
            density[((share * cells as f64) as usize).min(cells - 1)] += 1;
        }
    });
    Timeline { density, start: Some(start), end: Some(end), marks }
}
