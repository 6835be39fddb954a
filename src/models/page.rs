//! One page of a list.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The most rows of one page.
pub const PAGE_SIZE_MAX: i64 = 200;

/// Which page is asked for. Values out of range are brought into it.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// From 1.
    page: Option<i64>,
    /// Rows of a page: 1 to 200, 50 unless given.
    #[serde(rename = "pageSize")]
    page_size: Option<i64>,
}

impl Page {
    /// The page of this number and size, as far as they are given.
    pub fn new(page: Option<i64>, page_size: Option<i64>) -> Self {
        Self { page, page_size }
    }

    /// The page of this number, as large as pages get.
    pub fn largest(number: i64) -> Self {
        Self { page: Some(number), page_size: Some(PAGE_SIZE_MAX) }
    }

    /// From 1.
    pub fn number(self) -> i64 {
        self.page.unwrap_or(1).clamp(1, i64::MAX / PAGE_SIZE_MAX)
    }

    /// Rows, 1 to 200; 50 unless asked.
    pub fn size(self) -> i64 {
        self.page_size.unwrap_or(50).clamp(1, PAGE_SIZE_MAX)
    }

    /// Rows before this page.
    pub fn offset(self) -> i64 {
        (self.number() - 1) * self.size()
    }

    /// The part of the answer that tells where in the list one is.
    pub fn of(self, total: i64) -> Paging {
        let total_pages = ((total + self.size() - 1) / self.size()).max(1);
        Paging { total, page: self.number(), page_size: self.size(), total_pages }
    }
}

/// Where in the list one is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Paging {
    /// Rows in all.
    total: i64,
    /// This page, from 1.
    page: i64,
    /// Rows of a page.
    page_size: i64,
    /// Pages in all.
    total_pages: i64,
}
