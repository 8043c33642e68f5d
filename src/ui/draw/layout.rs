//! Where everything is on the screen, from the screen's size and what is to be shown. The update
//! reads it for scrolling, the view for drawing, the mouse for hitting. It must not know what is
//! drawn there.

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

/// Which view fills the main area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The table of values.
    #[default]
    Values,
    /// The list of events.
    Events,
    /// The config and its problems.
    Config,
}

impl View {
    /// All of them, in the order of their digits.
    pub const ALL: [Self; 3] = [Self::Values, Self::Events, Self::Config];

    /// The name on its tab.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Values => "Values",
            Self::Events => "Events",
            Self::Config => "Config",
        }
    }

    /// The digit that shows it.
    #[must_use]
    pub const fn digit(self) -> u32 {
        match self {
            Self::Values => 1,
            Self::Events => 2,
            Self::Config => 3,
        }
    }

    /// The view so many further on, around the end.
    #[must_use]
    pub fn step(self, by: isize) -> Self {
        let at = Self::ALL.iter().position(|view| *view == self).unwrap_or(0);
        Self::ALL[(at as isize + by).rem_euclid(Self::ALL.len() as isize) as usize]
    }
}

/// What has the whole body of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Zoom {
    /// Nothing: the body is shared.
    #[default]
    None,
    /// The main pane of the view.
    Main,
    /// The detail of the selected cell.
    Detail,
}

/// A pane: its box, and what is left inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pane {
    /// With the border, where there is one.
    pub outer: Rect,
    /// What the pane draws on.
    pub inner: Rect,
}

impl Pane {
    const fn framed(outer: Rect) -> Self {
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
    /// The table.
    pub values: Option<Pane>,
    /// The selected cell.
    pub detail: Option<Pane>,
    /// The events.
    pub events: Option<Pane>,
    /// The config.
    pub config: Option<Pane>,
    /// The timeline.
    pub timeline: Option<Strip>,
    /// What is worth saying, and what is being typed.
    pub notice: Rect,
    /// The keys. `None` where they share the notice's line.
    pub footer: Option<Rect>,
}

impl Areas {
    /// Lays a screen out.
    #[must_use]
    pub fn of((width, height): (u16, u16), view: View, zoom: Zoom) -> Self {
        let class = Class::of(width, height);
        let screen = Rect { x: 0, y: 0, width, height };
        let mut areas = Self {
            class,
            screen,
            header: Rect { height: height.min(1), ..screen },
            tabs: None,
            values: None,
            detail: None,
            events: None,
            config: None,
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
        areas.share_body(rest, view, zoom);
        areas
    }

    fn share_body(&mut self, mut body: Rect, view: View, zoom: Zoom) {
        let Rect { width, height, .. } = body;
        let pane =
            |area| if self.class == Class::Small { Pane::bare(area) } else { Pane::framed(area) };
        match (view, zoom) {
            (View::Values, Zoom::Detail) => self.detail = Some(pane(body)),
            (View::Values, Zoom::Main) => self.values = Some(pane(body)),
            (View::Events, _) => self.events = Some(pane(body)),
            (View::Config, _) => self.config = Some(pane(body)),
            (View::Values, Zoom::None) => match self.class {
                Class::Huge => {
                    let mut below = cut_bottom(&mut body, (height / 3).clamp(8, 14));
                    let side = cut_right(&mut body, (width * 2 / 5).clamp(60, 76));
                    let config = cut_right(&mut below, side.width);
                    self.values = Some(pane(body));
                    self.detail = Some(pane(side));
                    self.events = Some(pane(below));
                    self.config = Some(pane(config));
                }
                Class::Large => {
                    let side = cut_right(&mut body, (width * 2 / 5).clamp(40, 60));
                    self.values = Some(pane(body));
                    self.detail = Some(pane(side));
                }
                Class::Medium => {
                    let below = cut_bottom(&mut body, (height / 3).clamp(6, 10));
                    self.values = Some(pane(body));
                    self.detail = Some(pane(below));
                }
                Class::Small | Class::Tiny => self.values = Some(pane(body)),
            },
        }
    }

    /// How many lines of the config are on the screen.
    #[must_use]
    pub fn config_rows(&self) -> usize {
        self.config.map_or(0, |pane| usize::from(pane.inner.height))
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
        // The header stays in view above, and the lines for typing and for keys below.
        let size = (width.saturating_sub(4).min(widest), height.saturating_sub(3));
        Pane::framed(Rect { x: (width - size.0) / 2, y: 1, width: size.0, height: size.1 })
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
                for view in View::ALL {
                    for zoom in [Zoom::None, Zoom::Main, Zoom::Detail] {
                        let areas = Areas::of((width, height), view, zoom);
                        let panes = [areas.values, areas.detail, areas.events, areas.config];
                        let mut parts: Vec<Rect> =
                            panes.iter().flatten().map(|p| p.outer).collect();
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
