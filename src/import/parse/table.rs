//! CSV under a header, by `csv-core`: quoted cells may hold separators and line ends (RFC 4180).

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use zeroize::Zeroize;

use super::buffer::wipe;
use super::{Each, Item, LINE_MAX, Reason, fields, value};

/// The most cells of a row.
const CELLS_MAX: usize = 256;

/// What may stand between cells, as people and spreadsheets write it.
const SEPARATORS: [char; 6] = [',', ';', '\t', '|', '，', '；'];

/// Where the columns are that are read.
struct Columns {
    key: usize,
    username: Option<usize>,
    email: Option<usize>,
    account: Option<usize>,
    ttl: Option<usize>,
}

/// The rows under a header.
pub struct Table {
    columns: Columns,
    reader: Reader,
    /// The separator, when it is one of those that `csv-core` can't have.
    wide: Option<char>,
    cells: Vec<u8>,
    filled: usize,
    ends: Vec<usize>,
    ended: usize,
    overflowed: bool,
    /// The line on which the row began, once it has.
    row: Option<u64>,
}

impl Table {
    /// The table under this line, if it is a header: it names a column of keys.
    pub fn under(line: &str) -> Option<Self> {
        SEPARATORS.iter().find_map(|separator| {
            let columns = Columns::in_header(line, *separator)?;
            let wide = (!separator.is_ascii()).then_some(*separator);
            let delimiter = u8::try_from(*separator).unwrap_or(b',');
            let reader = ReaderBuilder::new().delimiter(delimiter).comment(Some(b'#')).build();
            let (cells, ends) = (vec![0; LINE_MAX], vec![0; CELLS_MAX]);
            let (filled, ended, overflowed, row) = (0, 0, false, None);
            Some(Self { columns, reader, wide, cells, filled, ends, ended, overflowed, row })
        })
    }

    /// Takes in a part of a line.
    pub fn content(&mut self, part: &str, line: u64, each: &mut Each<'_>) {
        self.row.get_or_insert(line);
        match self.wide {
            None => self.feed(part.as_bytes(), each),
            Some(wide) => {
                let mut narrow =
                    part.replace(wide, ",").replace(['“', '”', '＂'], "\"").into_bytes();
                self.feed(&narrow, each);
                wipe(&mut narrow);
            }
        }
    }

    /// The line has ended, and the row too if no quote is open.
    pub fn newline(&mut self, each: &mut Each<'_>) {
        self.feed(b"\n", each);
        // Nothing was there, or a comment.
        if self.filled == 0 && self.ended == 0 && !self.overflowed {
            self.row = None;
        }
    }

    /// There is no more.
    pub fn finish(mut self, each: &mut Each<'_>) {
        while !self.step(&mut [].as_slice(), each) {}
    }

    fn feed(&mut self, mut input: &[u8], each: &mut Each<'_>) {
        // An empty input would mean the end.
        while !input.is_empty() {
            self.step(&mut input, each);
        }
    }

    /// One step of the reader; true at the end.
    fn step(&mut self, input: &mut &[u8], each: &mut Each<'_>) -> bool {
        let cells = self.cells.get_mut(self.filled..).unwrap_or_default();
        let ends = self.ends.get_mut(self.ended..).unwrap_or_default();
        let (result, read, filled, ended) = self.reader.read_record(input, cells, ends);
        *input = input.get(read..).unwrap_or_default();
        (self.filled, self.ended) = (self.filled + filled, self.ended + ended);
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                self.wipe();
                self.overflowed = true;
            }
            ReadRecordResult::Record => self.end_row(each),
            ReadRecordResult::End => return true,
        }
        false
    }

    fn end_row(&mut self, each: &mut Each<'_>) {
        let line = self.row.take().unwrap_or_default();
        if std::mem::take(&mut self.overflowed) {
            each(Item::bad(line, Reason::TooLong));
        } else if !self.row_cells().all(str::is_empty) {
            each(self.item(line));
        }
        self.wipe();
    }

    fn item(&self, line: u64) -> Item {
        let cell = |column: Option<usize>| {
            column.and_then(|column| self.row_cells().nth(column)).unwrap_or_default()
        };
        let ttl_secs = match value::secs(cell(self.columns.ttl)) {
            Ok(secs) => secs,
            Err(reason) => return Item::bad(line, reason),
        };
        let names = [self.columns.username, self.columns.email].map(cell);
        let username = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        let (key, account) = (cell(Some(self.columns.key)), cell(self.columns.account));
        value::Named { key, username, account, ttl_secs }.item(line)
    }

    fn row_cells(&self) -> impl Iterator<Item = &str> {
        let ends = self.ends.get(..self.ended).unwrap_or_default();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts.zip(ends).map(|(start, end)| {
            let cell = self.cells.get(start..*end).unwrap_or_default();
            std::str::from_utf8(cell).unwrap_or_default().trim_matches(fields::is_blank)
        })
    }

    /// Only what is in use: wiping the whole buffer for each row would cost more than reading it.
    fn wipe(&mut self) {
        if let Some(used) = self.cells.get_mut(..self.filled) {
            used.zeroize();
        }
        (self.filled, self.ended) = (0, 0);
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl Columns {
    fn in_header(line: &str, separator: char) -> Option<Self> {
        let names: Vec<String> =
            line.split(separator).map(|name| fields::bare(name).to_lowercase()).collect();
        let find = |wanted: &[&str]| {
            wanted.iter().find_map(|wanted| names.iter().position(|name| name == wanted))
        };
        Some(Self {
            // A `token` beside a `key` is something else.
            key: find(&["api_key", "apikey", "api key", "key", "token"])?,
            username: find(&["username", "label"]),
            email: find(&["email", "e-mail"]),
            account: find(&["account"]),
            ttl: find(&["ttl"]),
        })
    }
}
