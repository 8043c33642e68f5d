//! Where everything is on the screen, from the screen's size and what is to be shown. The update
//! reads it for scrolling, the view for drawing, the mouse for hitting.

use ratatui::layout::Rect;

/// How much room there is. From larger to smaller, parts of the screen are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Too small for anything but one line that says so.
    Tiny,
    /// At least 40×8: the table and a status line.
    Small,
    /// At least 80×20: the detail below the table.
    Medium,
    /// At least 100×28: the detail beside the table.
    Large,
    /// At least 150×40: the events and the config below, too.
    Huge,
}

impl Class {
    /// The class of a screen.
    #[must_use]
    pub const fn of(width: u16, height: u16) -> Self {
        match (width, height) {
            (150.., 40..) => Self::Huge,
            (100.., 28..) => Self::Large,
            (80.., 20..) => Self::Medium,
            (40.., 8..) => Self::Small,
            _ => Self::Tiny,
        }
    }
}

/// A view's identity: its name and its place beside the view that is shown at the start. What a
/// view does is its entry in the table of `ui::views`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ViewId {
    /// The name, in lower case.
    pub name: &'static str,
    /// The place on the shared screen; `None` for a view that only stands alone.
    pub slot: Option<Slot>,
}

impl ViewId {
    /// The view that is shown at the start. It shares its screen with others.
    pub const HOME: Self = Self { name: "values", slot: Some(Slot::Main) };
}

/// A place on the shared screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The largest part, at any size.
    Main,
    /// Below the main part on medium screens, beside it on larger ones.
    Side,
    /// Below the main part, on the largest screens.
    Below,
    /// Below the side, on the largest screens.
    Corner,
}

/// The number of slots.
const SLOTS: usize = 4;

/// A pane: its box, and what is left inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pane {
    /// With the border, where there is one.
    pub outer: Rect,
    /// What the pane draws on.
    pub inner: Rect,
}

impl Pane {
    /// A pane with a border.
    #[must_use]
    pub const fn framed(outer: Rect) -> Self {
        let inner = Rect {
            x: outer.x + 1,
            y: outer.y + 1,
            width: outer.width.saturating_sub(2),
            height: outer.height.saturating_sub(2),
        };
        Self { outer, inner }
    }

    const fn bare(outer: Rect) -> Self {
        Self { outer, inner: outer }
    }

    /// Whether there is a border.
    #[must_use]
    pub fn has_border(&self) -> bool {
        self.outer != self.inner
    }
}

/// Where the timeline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strip {
    /// The box or the bare lines.
    pub pane: Pane,
    /// The line of the bars; `None` where there is only the track.
    pub density: Option<u16>,
    /// The line of the track.
    pub track: u16,
    /// The line of the tallies, on the largest screens.
    pub tallies: Option<u16>,
    /// The first cell of bars and track, and how many there are.
    pub cells: (u16, u16),
}

/// Where everything is. `None`: not shown at this size or in this view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas {
    /// How much room there is.
    pub class: Class,
    /// The whole screen.
    pub screen: Rect,
    /// What is loaded, and what the replay is doing.
    pub header: Rect,
    /// The views, and the filter and order of the table.
    pub tabs: Option<Rect>,
    /// The panes, by slot.
    slots: [Option<Pane>; SLOTS],
    /// The view that has the main slot to itself; `None` on the shared screen.
    alone: Option<ViewId>,
    /// The timeline.
    pub timeline: Option<Strip>,
    /// What is worth saying, and what is being typed.
    pub notice: Rect,
    /// The keys. `None` where they share the notice's line.
    pub footer: Option<Rect>,
}

impl Areas {
    /// Lays a screen out. The body belongs to the zoomed view, or else to `view`; the view of the
    /// start shares it unless one is zoomed.
    #[must_use]
    pub fn of((width, height): (u16, u16), view: ViewId, zoom: Option<ViewId>) -> Self {
        let class = Class::of(width, height);
        let screen = Rect { x: 0, y: 0, width, height };
        let mut areas = Self {
            class,
            screen,
            header: Rect { height: height.min(1), ..screen },
            tabs: None,
            slots: [None; SLOTS],
            alone: None,
            timeline: None,
            notice: Rect { y: height.saturating_sub(1), height: height.min(1), ..screen },
            footer: None,
        };
        if class == Class::Tiny {
            return areas;
        }
        let mut rest = screen;
        areas.header = cut_top(&mut rest, 1);
        if class > Class::Small || height >= 14 {
            areas.tabs = Some(cut_top(&mut rest, 1));
        }
        if class > Class::Small {
            areas.footer = Some(cut_bottom(&mut rest, 1));
        }
        areas.notice = cut_bottom(&mut rest, 1);
        areas.timeline = match class {
            Class::Huge => Some(cut_bottom(&mut rest, 5)),
            Class::Large => Some(cut_bottom(&mut rest, 4)),
            Class::Medium => Some(cut_bottom(&mut rest, 2)),
            _ if height >= 12 => Some(cut_bottom(&mut rest, 1)),
            _ => None,
        }
        .map(|area| strip(class, area));
        areas.alone = zoom.or_else(|| (view != ViewId::HOME).then_some(view));
        areas.share_body(rest);
        areas
    }

    fn share_body(&mut self, mut body: Rect) {
        let Rect { width, height, .. } = body;
        let pane =
            |area| if self.class == Class::Small { Pane::bare(area) } else { Pane::framed(area) };
        let mut slots = [None; SLOTS];
        if self.alone.is_none() {
            match self.class {
                Class::Huge => {
                    let mut below = cut_bottom(&mut body, (height / 3).clamp(8, 14));
                    let side = cut_right(&mut body, (width * 2 / 5).clamp(60, 76));
                    let corner = cut_right(&mut below, side.width);
                    slots[Slot::Side as usize] = Some(pane(side));
                    slots[Slot::Below as usize] = Some(pane(below));
                    slots[Slot::Corner as usize] = Some(pane(corner));
                }
                Class::Large => {
                    let side = cut_right(&mut body, (width * 2 / 5).clamp(40, 60));
                    slots[Slot::Side as usize] = Some(pane(side));
                }
                Class::Medium => {
                    let side = cut_bottom(&mut body, (height * 4 / 9).clamp(6, 10));
                    slots[Slot::Side as usize] = Some(pane(side));
                }
                Class::Small | Class::Tiny => {}
            }
        }
        slots[Slot::Main as usize] = Some(pane(body));
        self.slots = slots;
    }

    /// The pane of a view; `None` if the view is not shown.
    #[must_use]
    pub fn pane(&self, view: ViewId) -> Option<Pane> {
        match (self.alone, view.slot) {
            (Some(alone), _) if alone == view => self.slots[Slot::Main as usize],
            (None, Some(slot)) => self.slots[slot as usize],
            _ => None,
        }
    }

    /// All panes.
    pub fn panes(&self) -> impl Iterator<Item = Pane> {
        self.slots.into_iter().flatten()
    }

    /// The box of the help, over everything else.
    #[must_use]
    pub fn help(&self) -> Pane {
        self.over(96)
    }

    /// The box of the list of features, over everything else but the help.
    #[must_use]
    pub fn list(&self) -> Pane {
        self.over(140)
    }

    /// How many lines of the list of features are on the screen, its head left out.
    #[must_use]
    pub fn list_rows(&self) -> usize {
        usize::from(self.list().inner.height.saturating_sub(1))
    }

    /// A box over everything else, at most so many cells wide.
    fn over(&self, widest: u16) -> Pane {
        let Rect { width, height, .. } = self.screen;
        if self.class <= Class::Small {
            return Pane::bare(Rect { height: height.saturating_sub(1), ..self.screen });
        }
        // The header stays in view above, and the lines for typing and for keys below. Narrow
        // strips at the sides would show scraps of what lies below.
        let widest = if width < widest + 2 * NARROWEST_STRIP { width } else { widest };
        let size = (widest, height.saturating_sub(3));
        Pane::framed(Rect { x: (width - size.0) / 2, y: 1, width: size.0, height: size.1 })
    }

    /// The cells that a box over everything else clears: a cell of air at its sides.
    #[must_use]
    pub fn cleared(&self, pane: &Pane) -> Rect {
        let Rect { x, y, width, height } = pane.outer;
        let air = Rect { x: x.saturating_sub(1), y, width: width + 2, height };
        air.intersection(self.screen)
    }

    /// How many lines of the help are on the screen; its last line is for the filter.
    #[must_use]
    pub fn help_rows(&self) -> usize {
        usize::from(self.help().inner.height.saturating_sub(1))
    }
}

/// The widths of the times at both ends of the bars, by class.
#[must_use]
pub const fn label_width(class: Class) -> u16 {
    match class {
        Class::Tiny | Class::Small => 0,
        Class::Medium | Class::Large => 5,
        Class::Huge => 11,
    }
}

/// The narrowest strip of the screen that is left in view beside a box over everything else.
const NARROWEST_STRIP: u16 = 16;

/// The room for the percentage at the right of the track: ` 36.7 %`, ` 100 %`.
const PERCENT: u16 = 7;

fn strip(class: Class, area: Rect) -> Strip {
    let pane = if class >= Class::Large { Pane::framed(area) } else { Pane::bare(area) };
    let Rect { x, y, width, height } = pane.inner;
    let label = label_width(class);
    let left = if label == 0 { 1 } else { label + 2 };
    let right = PERCENT.max(label + 1) + 1;
    let bars = u16::from(height > 1);
    Strip {
        pane,
        density: (height > 1).then_some(y),
        track: y + bars,
        tallies: (height > 2).then_some(y + 2),
        cells: (x + left, width.saturating_sub(left + right)),
    }
}

fn cut_top(rest: &mut Rect, height: u16) -> Rect {
    let height = height.min(rest.height);
    let top = Rect { height, ..*rest };
    rest.y += height;
    rest.height -= height;
    top
}

fn cut_bottom(rest: &mut Rect, height: u16) -> Rect {
    let height = height.min(rest.height);
    rest.height -= height;
    Rect { y: rest.y + rest.height, height, ..*rest }
}

fn cut_right(rest: &mut Rect, width: u16) -> Rect {
    let width = width.min(rest.width);
    rest.width -= width;
    Rect { x: rest.x + rest.width, width, ..*rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_begin_where_they_say() {
        for (size, class) in [
            ((150, 40), Class::Huge),
            ((149, 40), Class::Large),
            ((100, 28), Class::Large),
            ((100, 27), Class::Medium),
            ((80, 20), Class::Medium),
            ((79, 20), Class::Small),
            ((40, 8), Class::Small),
            ((40, 7), Class::Tiny),
            ((0, 0), Class::Tiny),
        ] {
            assert_eq!(Class::of(size.0, size.1), class, "{size:?}");
        }
    }

    #[test]
    fn parts_neither_overlap_nor_leave_the_screen() {
        for width in (0..=320).step_by(7).chain([40, 80, 100, 150]) {
            for height in (0..=110).step_by(3).chain([8, 20, 28, 40]) {
                let (home, other) = (ViewId::HOME, ViewId { name: "other", slot: None });
                for view in [home, other] {
                    for zoom in [None, Some(home), Some(other)] {
                        let areas = Areas::of((width, height), view, zoom);
                        let mut parts: Vec<Rect> = areas.panes().map(|pane| pane.outer).collect();
                        parts.extend(areas.timeline.map(|strip| strip.pane.outer));
                        parts.extend(areas.tabs.into_iter().chain(areas.footer));
                        if areas.class > Class::Tiny {
                            parts.extend([areas.header, areas.notice]);
                            let covered: u32 = parts.iter().map(|part| part.area()).sum();
                            assert_eq!(covered, areas.screen.area(), "{width}x{height} {view:?}");
                        }
                        for (i, part) in parts.iter().enumerate() {
                            assert_eq!(part.intersection(areas.screen), *part);
                            let apart = |other: &Rect| part.intersection(*other).is_empty();
                            assert!(parts[i + 1..].iter().all(apart), "{width}x{height} {view:?}");
                        }
                    }
                }
            }
        }
    }
}
