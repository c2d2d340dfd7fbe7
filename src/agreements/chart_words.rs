//! What a chart says in words, for screen readers: title, every figure, target, status and trend. In
//! Danish, like the chart.

use std::fmt::Write as _;

use super::chart::Drawing;
use super::indicator_model::{IndicatorStatus, IndicatorTrend};

/// Without what XML has no way to write.
pub(super) fn plain(text: &str) -> String {
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
pub(super) fn with_words(svg: &str, drawing: &Drawing) -> String {
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
