//! The chart of an indicator as SVG: a line for each area with markers of a shape of its own, the
//! target as a dashed line with its value, and everything that is drawn also in words for screen
//! readers. Black on white: nothing is told by colour alone. The words are Danish.

use std::fmt::Write as _;

use chrono::{Datelike as _, NaiveDate};
use plotters::coord::types::{RangedCoordf64, RangedCoordi32};
use plotters::prelude::*;

use super::figure::Figure;
use super::indicator_model::{
    IndicatorBaseline, IndicatorStatus, IndicatorTarget, IndicatorTrend, IndicatorUnit,
};
use super::status_rules::Point;
use crate::platform::error::{Error, Result};

/// The media type.
pub const MEDIA: &str = "image/svg+xml";

const SIZE: (u32, u32) = (960, 480);
const FONT: &str = "sans-serif";
/// How many characters fit above the chart.
const CAPTION: usize = 72;

/// Everything that is drawn.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// The indicator's number and name.
    pub title: String,
    /// What it is counted in.
    pub unit: IndicatorUnit,
    /// Where it began.
    pub baseline: Option<IndicatorBaseline>,
    /// Where it should get to.
    pub target: Option<IndicatorTarget>,
    /// Where it stands.
    pub status: IndicatorStatus,
    /// Which way it goes.
    pub trend: IndicatorTrend,
    /// The lines: the first one is the agreement's region.
    pub series: Vec<Series>,
    /// The period of the agreement.
    pub period: (NaiveDate, NaiveDate),
}

/// The figures of one area, the earliest first.
#[derive(Debug, Clone)]
pub struct Series {
    /// What the area is called.
    pub name: String,
    /// Its figures.
    pub points: Vec<Point>,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordi32, RangedCoordf64>>;

fn failed(error: impl std::fmt::Display) -> Error {
    Error::internal(format_args!("chart: {error}"))
}

/// Draws it.
pub fn draw(drawing: &Drawing) -> Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        draw_on(&root, drawing)?;
        root.present().map_err(failed)?;
    }
    Ok(with_words(&svg, drawing))
}

fn draw_on(root: &Area<'_>, drawing: &Drawing) -> Result<()> {
    root.fill(&WHITE).map_err(failed)?;
    let (from, to) = days_of(drawing);
    let (low, high) = values_of(drawing);
    let mut chart = ChartBuilder::on(root)
        .caption(shortened(&drawing.title), (FONT, 22))
        .margin(16)
        .margin_right(90)
        .x_label_area_size(36)
        .y_label_area_size(72)
        .build_cartesian_2d(from..to, low..high)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .x_labels(8)
        .y_labels(8)
        .x_label_formatter(&|day| month(*day))
        .y_label_formatter(&|value| number(*value))
        .y_desc(drawing.unit.label())
        .label_style((FONT, 15))
        .light_line_style(WHITE)
        .bold_line_style(BLACK.mix(0.15))
        .draw()
        .map_err(failed)?;
    if let Some(target) = drawing.target {
        draw_target(&mut chart, target, (from, to))?;
    }
    for (place, series) in drawing.series.iter().enumerate() {
        draw_series(&mut chart, place, series)?;
    }
    if drawing
        .series
        .iter()
        .any(|series| !series.points.is_empty())
    {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.4))
            .label_font((FONT, 15))
            .draw()
            .map_err(failed)?;
    }
    Ok(())
}

/// A dashed line with its value at the right edge.
fn draw_target(chart: &mut Plot<'_, '_>, target: IndicatorTarget, days: (i32, i32)) -> Result<()> {
    let value = target.value.as_f64();
    chart
        .draw_series(DashedLineSeries::new(
            [(days.0, value), (days.1, value)],
            10,
            6,
            BLACK.stroke_width(2),
        ))
        .map_err(failed)?;
    let label = format!("Mål {}", target.value);
    let style = (FONT, 16).into_font().color(&BLACK);
    chart
        .draw_series(std::iter::once(
            EmptyElement::at((days.1, value)) + Text::new(label, (6, -8), style),
        ))
        .map_err(failed)?;
    Ok(())
}

/// A line with markers: a circle, a triangle, a square, and then a cross.
fn draw_series<'a, 'b: 'a>(chart: &mut Plot<'a, 'b>, place: usize, series: &Series) -> Result<()> {
    let points: Vec<(i32, f64)> = series
        .points
        .iter()
        .map(|point| (point.on.num_days_from_ce(), point.value.as_f64()))
        .collect();
    if points.is_empty() {
        return Ok(());
    }
    let ink = if place == 0 {
        BLACK
    } else {
        RGBColor(85, 85, 85)
    };
    let line = ink.stroke_width(if place == 0 { 3 } else { 1 });
    let drawn = chart
        .draw_series(LineSeries::new(points.clone(), line))
        .map_err(failed)?;
    drawn.label(shortened(&series.name)).legend(move |(x, y)| {
        let line = PathElement::new([(x, y), (x + 22, y)], ink.stroke_width(1));
        EmptyElement::at((0, 0)) + line + marker(place, (x + 11, y), ink)
    });
    for point in points {
        let element = EmptyElement::at(point) + marker(place, (0, 0), ink);
        chart
            .draw_series(std::iter::once(element))
            .map_err(failed)?;
    }
    Ok(())
}

/// The marker of a series, as a filled outline: the shape tells the series apart.
fn marker(place: usize, at: (i32, i32), ink: RGBColor) -> Polygon<(i32, i32)> {
    let corners: &[(i32, i32)] = match place {
        // An octagon for a circle: one kind of element for all shapes.
        0 => &[
            (6, 2),
            (2, 6),
            (-2, 6),
            (-6, 2),
            (-6, -2),
            (-2, -6),
            (2, -6),
            (6, -2),
        ],
        1 => &[(0, -7), (7, 6), (-7, 6)],
        2 => &[(5, 5), (-5, 5), (-5, -5), (5, -5)],
        _ => &[
            (0, -2),
            (4, -6),
            (6, -4),
            (2, 0),
            (6, 4),
            (4, 6),
            (0, 2),
            (-4, 6),
            (-6, 4),
            (-2, 0),
            (-6, -4),
            (-4, -6),
        ],
    };
    let corners: Vec<(i32, i32)> = corners.iter().map(|(x, y)| (at.0 + x, at.1 + y)).collect();
    Polygon::new(corners, ink.filled())
}

/// From the first day of everything that is drawn to the last one.
fn days_of(drawing: &Drawing) -> (i32, i32) {
    let points = drawing.series.iter().flat_map(|series| &series.points);
    let days = points
        .map(|point| point.on)
        .chain(drawing.baseline.map(|baseline| baseline.on))
        .chain(drawing.target.map(|target| target.by))
        .map(|day| day.num_days_from_ce());
    let (first, last) = (days.clone().min(), days.max());
    let period = (
        drawing.period.0.num_days_from_ce(),
        drawing.period.1.num_days_from_ce(),
    );
    let from = first.unwrap_or(period.0).min(period.0);
    let to = last.unwrap_or(period.1);
    (from, to.max(from + 1))
}

/// A little more than all values, and not below nothing where none of them is.
fn values_of(drawing: &Drawing) -> (f64, f64) {
    let points = drawing.series.iter().flat_map(|series| &series.points);
    let values = points
        .map(|point| point.value)
        .chain(drawing.baseline.map(|baseline| baseline.value))
        .chain(drawing.target.map(|target| target.value))
        .map(Figure::as_f64);
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return (0.0, 1.0);
    }
    let room = ((high - low) * 0.12).max(high.abs().max(1.0) * 0.02);
    let floor = if low >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
    ((low - room).max(floor), high + room)
}

fn month(day: i32) -> String {
    NaiveDate::from_num_days_from_ce_opt(day)
        .map(|date| date.format("%m-%Y").to_string())
        .unwrap_or_default()
}

/// With a comma and without decimals that say nothing.
fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.replace('.', ",")
}

fn shortened(text: &str) -> String {
    let text = plain(text);
    if text.chars().count() <= CAPTION {
        return text;
    }
    let mut short: String = text.chars().take(CAPTION - 1).collect();
    short.push('…');
    short
}

/// Without what XML has no way to write.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            c => safe.push(c),
        }
    }
    safe
}

/// The same chart with its title and description as its first children, which is where screen
/// readers look (SVG 2, section 5.7).
fn with_words(svg: &str, drawing: &Drawing) -> String {
    let Some((opening, rest)) = svg.split_once('>') else {
        return svg.to_owned();
    };
    let opening = opening.replacen(
        "<svg",
        "<svg role=\"img\" aria-labelledby=\"title desc\"",
        1,
    );
    format!(
        "{opening}>\n<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>{rest}",
        escaped(&drawing.title),
        escaped(&description(drawing))
    )
}

fn description(drawing: &Drawing) -> String {
    let unit = drawing.unit.label();
    let mut words = String::new();
    for series in &drawing.series {
        let figures: Vec<String> = series
            .points
            .iter()
            .map(|point| format!("{}: {}", point.on.format("%d-%m-%Y"), point.value))
            .collect();
        if !figures.is_empty() {
            let _infallible = write!(words, "{} ({unit}): {}. ", series.name, figures.join("; "));
        }
    }
    if words.is_empty() {
        words.push_str("Ingen målinger endnu. ");
    }
    if let Some(baseline) = drawing.baseline {
        let on = baseline.on.format("%d-%m-%Y");
        let _infallible = write!(words, "Udgangspunkt: {} {unit} {on}. ", baseline.value);
    }
    if let Some(target) = drawing.target {
        let by = target.by.format("%d-%m-%Y");
        let _infallible = write!(words, "Mål: {} {unit} senest {by}. ", target.value);
    }
    let status = match drawing.status {
        IndicatorStatus::NoTarget => "intet mål",
        IndicatorStatus::NotMeasured => "ikke målt",
        IndicatorStatus::Reached => "målet er nået",
        IndicatorStatus::OnTrack => "på vej mod målet",
        IndicatorStatus::Behind => "bagud i forhold til målet",
        IndicatorStatus::NotReached => "målet er ikke nået",
        IndicatorStatus::Missed => "målet blev ikke nået i tide",
    };
    let trend = match drawing.trend {
        IndicatorTrend::Improving => "bedring",
        IndicatorTrend::Worsening => "forværring",
        IndicatorTrend::Steady => "uændret",
        IndicatorTrend::Unknown => "ukendt",
    };
    let _infallible = write!(words, "Status: {status}. Udvikling: {trend}.");
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(title: &str) -> Drawing {
        let point = |on: &str, value: i64| Point {
            on: on.parse().unwrap(),
            value: Figure::from_parts(value * 1000),
        };
        let day = |text: &str| text.parse().unwrap();
        Drawing {
            title: title.to_owned(),
            unit: IndicatorUnit::Percent,
            baseline: Some(IndicatorBaseline {
                value: Figure::from_parts(715_000),
                on: day("2023-12-31"),
            }),
            target: Some(IndicatorTarget {
                value: Figure::from_parts(850_000),
                by: day("2027-12-31"),
            }),
            status: IndicatorStatus::OnTrack,
            trend: IndicatorTrend::Improving,
            series: vec![
                Series {
                    name: "Region Sjælland".to_owned(),
                    points: vec![point("2024-12-31", 752), point("2025-12-31", 792)],
                },
                Series {
                    name: "Danmark".to_owned(),
                    points: vec![point("2024-12-31", 741)],
                },
            ],
            period: (day("2024-01-01"), day("2027-12-31")),
        }
    }

    #[test]
    fn ha_2_the_chart_says_in_words_what_it_draws() {
        let svg = draw(&drawing("1. Aftalt opfølgning")).unwrap();
        for part in [
            "<svg role=\"img\" aria-labelledby=\"title desc\"",
            "<title id=\"title\">1. Aftalt opfølgning</title>",
            "Region Sjælland (%): 31-12-2024: 75,2; 31-12-2025: 79,2.",
            "Mål: 85 % senest 31-12-2027.",
            "på vej mod målet",
            "Mål 85\n",
        ] {
            assert!(svg.contains(part), "{part} in {svg}");
        }
        assert!(svg.trim_end().ends_with("</svg>"));
        // One opening tag, and nothing before it.
        assert!(svg.starts_with("<svg ") && svg.matches("<svg").count() == 1);
    }

    #[test]
    fn ha_2_whatever_is_typed_is_escaped() {
        let nasty = "<script>alert('x')</script> & \"quoted\" \u{ffff}]]>";
        let mut drawing = drawing(nasty);
        for series in &mut drawing.series {
            series.name = nasty.to_owned();
        }
        let svg = draw(&drawing).unwrap();
        assert!(!svg.contains("<script") && !svg.contains('\u{ffff}'));
        assert!(svg.contains("&lt;script&gt;alert(&apos;x&apos;)"));
    }

    #[test]
    fn ha_2_a_chart_without_figures_is_still_a_chart() {
        let mut empty = drawing("x");
        empty.series.clear();
        empty.baseline = None;
        empty.target = None;
        assert!(draw(&empty).unwrap().contains("Ingen målinger endnu."));
    }
}
