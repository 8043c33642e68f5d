//! Merges late events of one row each into the rows that are in order.

use crate::base::segmented::SegmentedVec;

use crate::tape::columns::cell::Cell;
use crate::tape::columns::paged::PagedColumn;
use crate::tape::columns::rows::Rows;
use crate::tape::encode::batch::Line;

impl Rows {
    /// Merges events of one row each, by time and then line: those here, which are in order, and
    /// `lines`, in any order; those of one line and time stay as they are given, those here first. `cells` has a value id per column and line.
    pub(in crate::tape) fn merge(&mut self, lines: &[Line], cells: &[u32]) {
        let arranged = self.events();
        self.extend(lines, cells);
        let order = self.in_order(arranged);
        permute(&mut self.times, &order);
        permute(&mut self.kinds, &order);
        permute(&mut self.types, &order);
        permute(&mut self.lines, &order);
        if !self.subs.is_empty() {
            permute(&mut self.subs, &order);
        }
        self.columns.iter_mut().for_each(|column| permute(&mut column.ids, &order));
        permute(&mut self.hashes, &order);
        self.fingerprints = SegmentedVec::new();
        self.fingerprint = 0;
        let empty_like = self.hashes.empty_like();
        let hashes = std::mem::replace(&mut self.hashes, empty_like);
        hashes.visit(0..hashes.len(), |hashes| hashes.iter().for_each(|hash| self.record(*hash)));
        self.strides = SegmentedVec::new();
        self.mark();
    }

    /// The permutation that sorts events of one row each by time, then line. Those before
    /// `arranged` are in order.
    fn in_order(&self, arranged: usize) -> PagedColumn<u32> {
        let (times, lines) = (&self.times, &self.lines);
        let mut late: Vec<u32> = (arranged as u32..times.len() as u32).collect();
        late.sort_by_cached_key(|at| (times.get(*at as usize), lines.get(*at as usize)));
        let mut late = late.into_iter().peekable();
        let mut order = self.lines.empty_like();
        let mut at_once = Vec::new();
        let mut next = 0;
        while next < arranged || late.peek().is_some() {
            let time_of_late = late.peek().map(|at| times.get(*at as usize));
            let time_of_next = (next < arranged).then(|| times.get(next));
            let time = time_of_next.into_iter().chain(time_of_late).min();
            at_once.clear();
            while next < arranged && Some(times.get(next)) == time {
                at_once.push(next as u32);
                next += 1;
            }
            while let Some(at) = late.next_if(|at| Some(times.get(*at as usize)) == time) {
                at_once.push(at);
            }
            if at_once.len() > 1 {
                at_once.sort_by_key(|at| lines.get(*at as usize));
            }
            order.extend(at_once.iter().copied());
        }
        order
    }
}

/// Permutes values: `order` has the source of each.
fn permute<T: Cell>(values: &mut PagedColumn<T>, order: &PagedColumn<u32>) {
    let mut gathered = values.empty_like();
    order.visit(0..order.len(), |order| {
        gathered.extend(order.iter().map(|at| values.get(*at as usize)));
    });
    *values = gathered;
}
