//! `{prefix}_model_hourly` and `{prefix}_model_stats`.
//!
//! Hours go over as they are. What a model's total has beyond its hours (they may have been
//! deleted) goes to the hour in which the model was first seen, so that the sums are exact. Rows
//! are written as they should be, not added to: running again changes nothing, or brings what has
//! come since.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;

use super::report::Table;
use super::row::Row;
use super::{Migration, PREFIXES};
use crate::db::Conn;
use crate::models::brought::HourRow;

const HOURLY: [&str; 7] =
    ["provider", "model", "hour", "requests", "success", "failure", "created_at"];
const STATS: [&str; 7] = [
    "provider",
    "model",
    "total_requests",
    "success_count",
    "failure_count",
    "last_used",
    "created_at",
];

const CHUNK: usize = 1_000;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    requests: i64,
    success: i64,
    failure: i64,
}

type Place = (NaiveDateTime, String, String);
type Model = (String, String);

#[derive(Default)]
struct Gathered {
    hours: BTreeMap<Place, Sums>,
    /// Per table of `tables`: which rows led to which place.
    from: Vec<(usize, Place)>,
    by_model: HashMap<Model, Sums>,
    totals: BTreeMap<Model, (Sums, NaiveDateTime, Vec<usize>)>,
    tables: Vec<Table>,
}

/// Brings both kinds of statistics of both providers.
pub async fn bring(m: &mut Migration<'_>, conn: &mut Conn<'_>) -> anyhow::Result<Vec<Table>> {
    let mut gathered = Gathered::default();
    for (prefix, provider) in PREFIXES {
        let name = format!("{prefix}_model_hourly");
        read(m, &mut gathered, &name, &HOURLY, provider, Gathered::hour).await?;
    }
    for (prefix, provider) in PREFIXES {
        let name = format!("{prefix}_model_stats");
        read(m, &mut gathered, &name, &STATS, provider, Gathered::total).await?;
    }
    gathered.add_remainders();
    gathered.write(conn).await?;
    Ok(gathered.tables)
}

async fn read(
    m: &mut Migration<'_>,
    gathered: &mut Gathered,
    name: &str,
    columns: &[&str],
    provider: &str,
    take: fn(&mut Gathered, usize, &Row, &str) -> Option<()>,
) -> anyhow::Result<()> {
    let needed: &[&str] = if columns == HOURLY { &["model", "hour"] } else { &["model"] };
    let index = gathered.tables.len();
    let table = match m.table(name, columns, needed).await? {
        Ok(table) => table,
        Err(absent) => {
            gathered.tables.push(absent);
            return Ok(());
        }
    };
    gathered.tables.push(table);
    m.source.start(&format!("SELECT to_jsonb(t)::text AS line FROM {name} t")).await?;
    loop {
        let rows = m.source.next().await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let taken = take(gathered, index, row, provider);
            if let Some(table) = gathered.tables.get_mut(index) {
                table.read += 1;
                table.failed += u64::from(taken.is_none());
            }
        }
    }
}

impl Gathered {
    /// A row of `model_hourly`.
    fn hour(&mut self, table: usize, row: &Row, provider: &str) -> Option<()> {
        let (provider, model) = model(row, provider)?;
        let sums = Sums {
            requests: row.count("requests"),
            success: row.count("success"),
            failure: row.count("failure"),
        };
        let place = (row.hour("hour")?, provider, model);
        self.by_model.entry((place.1.clone(), place.2.clone())).or_default().add(sums);
        self.hours.entry(place.clone()).or_default().add(sums);
        self.from.push((table, place));
        Some(())
    }

    /// A row of `model_stats`.
    fn total(&mut self, table: usize, row: &Row, provider: &str) -> Option<()> {
        let sums = Sums {
            requests: row.count("total_requests"),
            success: row.count("success_count"),
            failure: row.count("failure_count"),
        };
        let at = row.hour("created_at").or_else(|| row.hour("last_used"))?;
        let entry = self.totals.entry(model(row, provider)?);
        let (total, first, tables) = entry.or_insert((Sums::default(), at, Vec::new()));
        total.add(sums);
        *first = at.min(*first);
        tables.push(table);
        Some(())
    }

    fn add_remainders(&mut self) {
        for ((provider, model), (total, at, tables)) in std::mem::take(&mut self.totals) {
            let hours = self.by_model.get(&(provider.clone(), model.clone()));
            let rest = total.without(hours.copied().unwrap_or_default());
            if rest == Sums::default() {
                // Its hours say it all.
                for table in tables {
                    self.tables.get_mut(table).into_iter().for_each(|table| table.skipped += 1);
                }
                continue;
            }
            let place = (at, provider, model);
            self.hours.entry(place.clone()).or_default().add(rest);
            self.from.extend(tables.into_iter().map(|table| (table, place.clone())));
        }
    }

    async fn write(&mut self, conn: &mut Conn<'_>) -> anyhow::Result<()> {
        let there = HourRow::brought(conn).await?;
        let there: HashMap<Place, Sums> = there.into_iter().map(place).collect();
        let new = |place: &Place, sums: &Sums| there.get(place) != Some(sums);
        let rows = self.hours.iter().filter(|(place, sums)| new(place, sums));
        let rows: Vec<HourRow> = rows.map(|(place, sums)| sums.row(place)).collect();
        for chunk in rows.chunks(CHUNK) {
            HourRow::put(conn, chunk).await?;
        }
        for (table, place) in &self.from {
            let is_new = self.hours.get(place).is_some_and(|sums| new(place, sums));
            let table = self.tables.get_mut(*table);
            table.into_iter().for_each(|table| table.took(1, usize::from(is_new)));
        }
        Ok(())
    }
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.success += other.success;
        self.failure += other.failure;
    }

    fn without(self, other: Self) -> Self {
        Self {
            requests: (self.requests - other.requests).max(0),
            success: (self.success - other.success).max(0),
            failure: (self.failure - other.failure).max(0),
        }
    }

    fn row(self, (hour, provider, model): &Place) -> HourRow {
        HourRow {
            hour: *hour,
            day: hour.date(),
            provider: provider.clone(),
            model: model.clone(),
            requests: self.requests,
            success: self.success,
            failure: self.failure,
            cancelled: (self.requests - self.success - self.failure).max(0),
        }
    }
}

fn place(row: HourRow) -> (Place, Sums) {
    let sums = Sums { requests: row.requests, success: row.success, failure: row.failure };
    ((row.hour, row.provider, row.model), sums)
}

/// The provider and the model; a row without a provider is its table's.
fn model(row: &Row, provider: &str) -> Option<Model> {
    let named = row.text("provider").map(|name| name.to_ascii_lowercase());
    Some((named.unwrap_or_else(|| provider.to_owned()), row.text("model")?))
}
