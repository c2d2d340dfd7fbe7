//! The report: markdown on standard output, ready for the README.

use std::time::Duration;

use super::Outcome;
use super::driver::Measured;

/// A rate that an operation is compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// What does it.
    pub name: &'static str,
    /// How often a second.
    pub per_second: f64,
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Line {
    /// What was asked for.
    pub operation: &'static str,
    /// The engine below.
    pub engine: &'static str,
    /// How many connections asked.
    pub connections: usize,
    /// What was measured.
    pub measured: Measured,
    /// Processor time of the service for each request, in microseconds. It says more than the rate
    /// where others use the machine too.
    pub processor_micros: f64,
    /// What it is measured against.
    pub limits: Vec<Limit>,
}

/// The head of the table.
pub(crate) fn head() {
    println!(
        "| Operation | Engine | Connections | Requests/s | p50 ms | p99 ms | CPU µs each | Limits measured in the same run: rate, and this ÷ that |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---|");
}

/// One line of the table, printed as soon as it is measured.
pub(crate) fn line(line: &Line) {
    let limits: Vec<String> = line
        .limits
        .iter()
        .map(|limit| {
            format!(
                "{} {}/s: **{}**",
                limit.name,
                thousands(limit.per_second),
                ratio(line.measured.per_second / limit.per_second)
            )
        })
        .collect();
    println!(
        "| {} | {} | {} | {} | {:.2} | {:.2} | {:.0} | {} |",
        line.operation,
        line.engine,
        line.connections,
        thousands(line.measured.per_second),
        f64::from(line.measured.p50_micros) / 1000.0,
        f64::from(line.measured.p99_micros) / 1000.0,
        line.processor_micros,
        limits.join("; ")
    );
}

/// How long one answer takes.
#[derive(Debug)]
pub(crate) struct Latency {
    /// What was asked.
    pub operation: String,
    /// How it was answered.
    pub measured: Measured,
    /// The median time of the raw query.
    pub raw: Duration,
    /// What the raw query reads.
    pub raw_is: &'static str,
}

/// The head of the table of latencies.
pub(crate) fn latency_head() {
    println!(
        "| Operation, on one connection | Engine | p50 ms | p99 ms | The raw query's median |"
    );
    println!("|---|---|---:|---:|---|");
}

/// One line of it.
pub(crate) fn latency(engine: &str, line: &Latency) {
    println!(
        "| {} | {engine} | {:.2} | {:.2} | {:.2} ms ({}) |",
        line.operation,
        f64::from(line.measured.p50_micros) / 1000.0,
        f64::from(line.measured.p99_micros) / 1000.0,
        line.raw.as_secs_f64() * 1000.0,
        line.raw_is
    );
}

/// What the benchmark ran on: without it the figures say nothing.
pub(crate) fn machine(workers: usize) -> Outcome {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |line| {
            line.trim_start_matches([' ', '\t', ':'])
        });
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    println!(
        "{model}, {} hardware threads for service, driver and database together; {workers} HTTP \
         workers; load of the machine before the run: {load}.\n",
        std::thread::available_parallelism()?
    );
    Ok(())
}

/// A paragraph.
pub(crate) fn say(text: impl std::fmt::Display) {
    println!("\n{text}");
}

/// 12345.6 as `12,346`.
pub(crate) fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A ratio with as many decimals as it deserves.
pub(crate) fn ratio(value: f64) -> String {
    if value >= 10.0 {
        format!("{value:.0}×")
    } else if value >= 1.0 {
        format!("{value:.1}×")
    } else {
        format!("{value:.2}×")
    }
}
