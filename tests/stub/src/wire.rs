//! A client's connection, which notices at every await when the client leaves.

use std::{future::Future, io::ErrorKind};

use tokio::{io::AsyncReadExt, net::TcpStream, select};

use crate::shared::Open;

/// The client closed or reset its connection while a reply was under way.
#[derive(Debug)]
pub struct Gone;

/// A connection and what was read from it but not used yet.
pub struct Wire {
    pub stream: TcpStream,
    pub unread: Vec<u8>,
}

impl Wire {
    pub fn new(stream: TcpStream) -> Wire {
        Wire { stream, unread: Vec::new() }
    }

    /// Reads once; false when nothing more will come.
    pub async fn read(&mut self) -> bool {
        self.unread.reserve(8192);
        matches!(self.stream.read_buf(&mut self.unread).await, Ok(1..))
    }

    /// Does `work` unless the client leaves; leaving counts even if the work is done as well, so
    /// that a client that left before a gate was opened is never taken for served.
    pub async fn unless_gone<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Gone> {
        or_gone(&self.stream, &mut self.unread, work).await
    }

    /// Writes all bytes. With `last`, the reply counts as over from the moment its last byte is
    /// handed out: a client that has it all must not find the reply still open.
    pub async fn send(&mut self, bytes: &[u8], mut last: Option<&mut Open>) -> Result<(), Gone> {
        let mut rest = bytes;
        loop {
            or_gone(&self.stream, &mut self.unread, self.stream.writable())
                .await?
                .map_err(|_| Gone)?;
            if let Some(open) = &mut last {
                open.leave();
            }
            match self.stream.try_write(rest) {
                Ok(n) if n == rest.len() => return Ok(()),
                Ok(n) => rest = &rest[n..],
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return Err(Gone),
            }
            if let Some(open) = &mut last {
                open.enter();
            }
        }
    }
}

async fn or_gone<T>(
    stream: &TcpStream,
    unread: &mut Vec<u8>,
    work: impl Future<Output = T>,
) -> Result<T, Gone> {
    select! {
        biased;
        () = gone(stream, unread) => Err(Gone),
        done = work => Ok(done),
    }
}

/// Resolves when the client has left; keeps what it sends before.
async fn gone(stream: &TcpStream, unread: &mut Vec<u8>) {
    while stream.readable().await.is_ok() {
        unread.reserve(1024);
        match stream.try_read_buf(unread) {
            Ok(1..) => {}
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return,
        }
    }
}
