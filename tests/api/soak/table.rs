//! The report as tables in Markdown, for people and for `docs/reliability.md`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::keys::Out;
use super::report::{Report, Row, Span};

/// All of it.
pub fn draw(report: &Report) -> String {
    let mut text = String::from("\n");
    head(&mut text, report);
    text.push_str(
        "| trouble | lost during | calls/request | first success, s | recovered, s | keys out at its \
         end | 10 s later (by chance) | lost after |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    report.troubles.iter().for_each(|row| trouble(&mut text, row, report));
    text.push_str("\nHow requests ended:\n\n");
    endings(&mut text, "calm", &report.calm.endings);
    for row in &report.troubles {
        endings(&mut text, &format!("{} during", row.name), &row.during.endings);
        if !row.poison.is_empty() {
            endings(&mut text, &format!("{}, its client", row.name), &row.poison);
        }
        endings(&mut text, &format!("{} after", row.name), &row.after.endings);
        out(&mut text, &format!("{} keys before", row.name), &row.out_before);
        out(&mut text, &format!("{} keys at its end", row.name), &row.out_at_end);
        out(&mut text, &format!("{} keys later", row.name), &row.out_later);
    }
    text
}

fn head(text: &mut String, report: &Report) {
    let Report { seed, replicas, keys, rate, faults_percent, .. } = report;
    let (trouble, calm, spent) = (report.trouble_secs, report.calm_secs, &report.spent);
    let hints = if report.early_hints { "with" } else { "without" };
    let _ = write!(
        text,
        "SOAK_SEED={seed}; {replicas} processes, {keys} keys, {rate} requests a second, \
         {faults_percent} % faults, {hints} interim answers, troubles of {trouble} s, calms of \
         {calm} s\n\n| figure | value |\n|---|--:|\n"
    );
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "| {name} | {value} |");
    };
    line("requests outside outages", report.calm.requests.to_string());
    line("of these lost", share(&report.calm));
    line("of these cut by the upstream after their first events", report.calm.cut.to_string());
    line("the same before the first trouble: lost", share(&report.first_calm));
    line("calls upstream for one of them", format!("{:.2}", report.calm.calls_each()));
    line("another's answers", report.foreign.to_string());
    line("spent accounts asked", format!("{} of {}", spent.asked, spent.accounts));
    line("calls that they refused, the most of one", format!("{}, {}", spent.calls, spent.most));
    line("ms after the first of them that others came", format!("{:?}", spent.further_ms));
    line("probes", report.probes.to_string());
    text.push('\n');
}

fn trouble(text: &mut String, row: &Row, report: &Report) {
    let never = || format!("> {}", report.calm_secs);
    let none = || "–".to_owned();
    let first = row.first_success_secs.map_or_else(never, |secs| format!("{secs:.1}"));
    let recovered = row.recovered_secs.map_or_else(never, |secs| secs.to_string());
    let (first, recovered) = if row.outage { (first, recovered) } else { (none(), none()) };
    let (name, during, calls) = (row.name, share(&row.during), row.during.calls_each());
    let end = row.out_at_end.benched();
    let (later, chance) = (row.out_later.benched(), row.out_later.by_chance);
    let after = share(&row.after);
    let _ = writeln!(
        text,
        "| {name} | {during} | {calls:.2} | {first} | {recovered} | {end} | {later} ({chance}) | {after} |"
    );
}

fn share(span: &Span) -> String {
    format!("{} of {} ({:.2} %)", span.lost, span.requests, span.lost_percent())
}

fn endings(text: &mut String, name: &str, endings: &BTreeMap<String, usize>) {
    let all: Vec<String> =
        endings.iter().map(|(label, count)| format!("{count} × {label}")).collect();
    let _ = writeln!(text, "- {name}: {}", all.join(", "));
}

fn out(text: &mut String, name: &str, out: &Out) {
    if out.reasons.is_empty() {
        return;
    }
    let Out { failed, cooling, cooling_short, by_chance, reasons } = out;
    let _ = writeln!(
        text,
        "- {name}: {failed} failed, {cooling} cooling, {cooling_short} about to be back, {by_chance} by \
         chance: {reasons:?}"
    );
}
