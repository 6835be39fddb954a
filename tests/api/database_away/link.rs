//! The network between the pool and Postgres or Redis, in the test's hands.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::rt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to the next commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// It goes through, and so does its confirmation.
    Confirmed,
    /// It goes through, and the connection breaks before its confirmation is back.
    Unconfirmed,
    /// The connection breaks before it arrives.
    Lost,
}

/// A proxy to Postgres or Redis.
#[derive(Clone)]
pub struct Link(Arc<Shared>);

struct Shared {
    target: String,
    port: u16,
    up: watch::Sender<bool>,
    commit: watch::Sender<Commit>,
    refused: watch::Sender<usize>,
    open: watch::Sender<usize>,
    carried: AtomicUsize,
}

impl Link {
    /// A link to this address, and up.
    pub async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let link = Self(Arc::new(Shared {
            target,
            port,
            up: watch::Sender::new(true),
            commit: watch::Sender::new(Commit::Confirmed),
            refused: watch::Sender::new(0),
            open: watch::Sender::new(0),
            carried: AtomicUsize::new(0),
        }));
        rt::spawn(link.clone().accept(listener));
        link
    }

    /// Where the pool finds it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.0.port)
    }

    /// Lets no new connection through, and resolves when every one that there was is broken.
    pub async fn cut(&self) {
        self.0.up.send_replace(false);
        let _ = self.0.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Lets connections through again.
    pub fn restore(&self) {
        self.0.up.send_replace(true);
    }

    /// Decides about the next commit; the one after it is confirmed again.
    pub fn next_commit(&self, commit: Commit) {
        self.0.commit.send_replace(commit);
    }

    /// Whether a commit has met what was decided for it.
    pub fn commit_met(&self) -> bool {
        *self.0.commit.borrow() == Commit::Confirmed
    }

    /// Resolves when `n` connections or more were refused.
    pub async fn refused(&self, n: usize) {
        let _ = self.0.refused.subscribe().wait_for(|refused| *refused >= n).await;
    }

    /// How many connections were refused so far.
    pub fn refusals(&self) -> usize {
        *self.0.refused.borrow()
    }

    /// How many connections were let through.
    pub fn carried(&self) -> usize {
        self.0.carried.load(Ordering::Relaxed)
    }

    async fn accept(self, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            if *self.0.up.borrow() {
                self.0.carried.fetch_add(1, Ordering::Relaxed);
                self.0.open.send_modify(|open| *open += 1);
                rt::spawn(self.clone().carry(client));
            } else {
                self.0.refused.send_modify(|refused| *refused += 1);
            }
        }
    }

    async fn carry(self, client: TcpStream) {
        let mut up = self.0.up.subscribe();
        tokio::select! {
            _ = up.wait_for(|up| !up) => {}
            () = self.pass(client) => {}
        }
        self.0.open.send_modify(|open| *open -= 1);
    }

    async fn pass(&self, mut client: TcpStream) {
        let Ok(mut server) = TcpStream::connect(&self.0.target).await else { return };
        let (mut asked, mut told) = (vec![0; 16 << 10], vec![0; 16 << 10]);
        loop {
            tokio::select! {
                read = client.read(&mut asked) => {
                    let Ok(length @ 1..) = read else { return };
                    let fate = self.fate(&asked[..length]);
                    if fate == Commit::Lost || server.write_all(&asked[..length]).await.is_err() {
                        return;
                    }
                    if fate == Commit::Unconfirmed {
                        let _ = server.read(&mut told).await;
                        return;
                    }
                }
                read = server.read(&mut told) => {
                    let Ok(length @ 1..) = read else { return };
                    if client.write_all(&told[..length]).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// What is to become of these bytes.
    fn fate(&self, asked: &[u8]) -> Commit {
        if asked.windows(6).any(|word| word == b"COMMIT") {
            self.0.commit.send_replace(Commit::Confirmed)
        } else {
            Commit::Confirmed
        }
    }
}
