//! Which sections a column of some height shows, and how high each is.

/// Something to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Section<C> {
    content: C,
    /// Lower ranks are given room first.
    rank: u8,
    /// The rows that it needs at least.
    least: u16,
    /// The rows that it is given before sections of rank [`LESSER`] and above have any.
    wanted: u16,
    /// The rows that it can make use of; 0: it has nothing to show.
    most: u16,
}

/// The first rank that waits until charts can be read.
const LESSER: u8 = 6;

/// The rank of blank lines.
const LAST: u8 = u8::MAX;

impl<C> Section<C> {
    /// Text of so many lines, of which the first has to be shown.
    pub(super) const fn text(content: C, rank: u8, lines: u16) -> Self {
        Self { content, rank, least: if lines < 1 { lines } else { 1 }, wanted: 0, most: lines }
    }

    /// A chart, which is worth more the higher it is.
    pub(super) const fn chart(content: C, rank: u8, most: u16) -> Self {
        Self { content, rank, least: if most < 2 { most } else { 2 }, wanted: 0, most }
    }

    /// The same section, with so many rows before what matters less has any.
    pub(super) fn wanting(self, wanted: u16) -> Self {
        Self { wanted, ..self }
    }

    /// A blank line, while nothing else needs the room.
    pub(super) const fn blank(content: C) -> Self {
        Self { content, rank: LAST, least: 1, wanted: 0, most: 1 }
    }
}

/// The sections that fit into so many rows, in their given order, each with its rows: first the
/// least that each needs, by rank, with what charts want before those of rank [`LESSER`]; then
/// blank lines; then the charts grow evenly.
pub(super) fn fit<C: Copy>(sections: &[Section<C>], height: u16) -> Vec<(C, u16)> {
    let mut order: Vec<usize> = (0..sections.len()).collect();
    order.sort_by_key(|i| sections[*i].rank);
    let mut rows = vec![0; sections.len()];
    let mut left = height;
    // Blank lines have to wait until charts have a readable height.
    let (blanks, shown): (Vec<usize>, Vec<usize>) =
        order.into_iter().partition(|i| sections[*i].rank == LAST);
    let grow = |rows: &mut [u16], left: &mut u16, limit: u16| {
        let mut grew = true;
        while *left > 0 && grew {
            grew = false;
            for i in &shown {
                let most = sections[*i].most.min(limit);
                if *left > 0 && rows[*i] > 0 && rows[*i] < most {
                    rows[*i] += 1;
                    *left -= 1;
                    grew = true;
                }
            }
        }
    };
    let lesser = shown.partition_point(|i| sections[*i].rank < LESSER);
    for (place, i) in shown.iter().enumerate() {
        if place == lesser {
            widen(sections, &mut rows, &mut left);
        }
        if sections[*i].most > 0 && sections[*i].least <= left {
            rows[*i] = sections[*i].least;
            left -= rows[*i];
        }
    }
    widen(sections, &mut rows, &mut left);
    grow(&mut rows, &mut left, READABLE);
    for i in blanks {
        let wanted = rows[..i].iter().any(|r| *r > 0) && rows[i + 1..].iter().any(|r| *r > 0);
        if wanted && left > 0 {
            rows[i] = 1;
            left -= 1;
        }
    }
    grow(&mut rows, &mut left, u16::MAX);
    sections.iter().zip(rows).filter(|(_, rows)| *rows > 0).map(|(s, r)| (s.content, r)).collect()
}

/// Gives sections that have rows the rows that they want, as far as there are any.
fn widen<C>(sections: &[Section<C>], rows: &mut [u16], left: &mut u16) {
    for (section, rows) in sections.iter().zip(rows).filter(|(_, rows)| **rows > 0) {
        let more = section.wanted.min(section.most).saturating_sub(*rows).min(*left);
        *rows += more;
        *left -= more;
    }
}

/// The height from which on a chart can be read at ease.
const READABLE: u16 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn sections() -> Vec<Section<char>> {
        vec![
            Section::text('a', 0, 1),
            Section::text('b', 5, 1),
            Section::blank(' '),
            Section::chart('c', 3, 9),
            Section::blank(' '),
            Section::chart('d', 4, 8),
        ]
    }

    #[test]
    fn the_important_comes_first_and_the_order_stays() {
        assert_eq!(fit(&sections(), 0), []);
        assert_eq!(fit(&sections(), 1), [('a', 1)]);
        assert_eq!(fit(&sections(), 3), [('a', 1), ('c', 2)]);
        assert_eq!(fit(&sections(), 6), [('a', 1), ('b', 1), ('c', 2), ('d', 2)]);
    }

    #[test]
    fn what_is_left_over_goes_to_charts_then_air_then_charts() {
        assert_eq!(fit(&sections(), 8), [('a', 1), ('b', 1), ('c', 3), ('d', 3)]);
        let airy = [('a', 1), ('b', 1), (' ', 1), ('c', 6), (' ', 1), ('d', 6)];
        assert_eq!(fit(&sections(), 16), airy);
        let full = [('a', 1), ('b', 1), (' ', 1), ('c', 9), (' ', 1), ('d', 8)];
        assert_eq!(fit(&sections(), 100), full);
    }

    #[test]
    fn long_texts_get_their_lines_before_charts_grow_tall() {
        let sections = [Section::text('a', 0, 3), Section::chart('c', 1, 9)];
        assert_eq!(fit(&sections, 3), [('a', 1), ('c', 2)]);
        assert_eq!(fit(&sections, 12), [('a', 3), ('c', 9)]);
    }

    #[test]
    fn a_chart_has_what_it_wants_before_what_matters_less() {
        let sections = [
            Section::text('a', 0, 1),
            Section::text('z', LESSER, 1),
            Section::chart('c', 4, 9).wanting(4),
        ];
        assert_eq!(fit(&sections, 4), [('a', 1), ('c', 3)]);
        assert_eq!(fit(&sections, 5), [('a', 1), ('c', 4)]);
        assert_eq!(fit(&sections, 6), [('a', 1), ('z', 1), ('c', 4)]);
    }

    #[test]
    fn a_chart_of_nothing_takes_no_room() {
        assert_eq!(fit(&[Section::chart('c', 0, 0), Section::text('a', 1, 1)], 9), [('a', 1)]);
    }
}
