//! Why an import came to nothing.

use std::io;

use super::{BYTES_MAX, LINES_MAX, VALIDATED_MAX};
use crate::db::DatabaseError;
use crate::error::{ApiError, ErrorCode, invalid};
use crate::jobs::too_many_jobs;
use crate::vault::VaultError;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file can't be read to its end.
    #[error("{0}")]
    Source(ApiError),
    /// More lines than an import may have.
    #[error("an import may have at most {LINES_MAX} lines")]
    TooMany,
    /// More bytes than an import may have.
    #[error("an import may have at most {BYTES_MAX} bytes")]
    TooLarge,
    /// More keys than an upstream is asked about for one import.
    #[error(
        "an import with validation may have at most {VALIDATED_MAX} new keys: divide the file, or \
         import it without validation and check the keys then"
    )]
    TooManyToAsk,
    /// A job with nothing to do.
    #[error("there is nothing to import")]
    Empty,
    /// As many jobs wait as may.
    #[error("too many jobs are under way")]
    TooManyJobs,
    /// Its keys were sealed under an encryption key that is being taken out of use.
    #[error("the encryption key was changed meanwhile: import again")]
    Rotated,
    /// There is no room for the keys while they are read.
    #[error("the temporary file can't be written or read: {0}")]
    Spool(#[from] io::Error),
    /// A key can't be sealed.
    #[error("{0}")]
    Vault(#[from] VaultError),
    /// The database is away or refuses.
    #[error("{0}")]
    Database(#[from] DatabaseError),
}

impl From<diesel::result::Error> for ImportError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<ImportError> for ApiError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Source(error) => error,
            ImportError::TooMany | ImportError::TooLarge | ImportError::TooManyToAsk => {
                Self::new(ErrorCode::BodyTooLarge, error.to_string())
            }
            ImportError::Empty => invalid("content", error.to_string()),
            ImportError::TooManyJobs => too_many_jobs(),
            ImportError::Rotated => {
                Self::new(ErrorCode::Unavailable, error.to_string()).retry_after(1)
            }
            ImportError::Spool(_) => {
                log::error!("{error}");
                Self::new(ErrorCode::Internal, "there is no room for a temporary file")
            }
            ImportError::Vault(error) => error.into(),
            ImportError::Database(error) => error.into(),
        }
    }
}
