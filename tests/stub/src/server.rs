//! Accepting connections and answering the requests on them.

use std::{sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};

use crate::{
    play::{End, play},
    reply::{Reply, Step},
    request::{NoRequest, Request, read},
    shared::Shared,
    wire::Wire,
};

/// Serves the default answers for ever and counts the calls per key, which `GET /stub/counts`
/// tells: what the binary does. Streams have `chunks` chunks with content, each after a `pause`.
pub async fn serve_counting(listener: TcpListener, chunks: usize, pause: Duration) {
    serve(listener, Shared::counting(chunks, pause)).await;
}

/// Serves for ever.
pub async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            // Dropped, it is reset.
            Ok((stream, _)) if !shared.accepts() => drop(stream.set_zero_linger()),
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, shared.clone()))),
            // Out of file descriptors, most likely: some will be given back.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let mut wire = Wire::new(stream);
    let mut kept = false;
    loop {
        let request = match read(&mut wire, shared.keeps()).await {
            Ok(request) => request,
            Err(NoRequest::Left) => return,
            Err(NoRequest::Malformed) => return refuse(&mut wire).await,
        };
        let end = answer(&mut wire, &request, kept, &shared).await;
        kept = true;
        if request.last || end == End::Closed {
            return;
        }
    }
}

async fn answer(wire: &mut Wire, request: &Request, kept: bool, shared: &Arc<Shared>) -> End {
    let (steps, mut open) = match counts(request, shared) {
        Some(steps) => (steps, shared.no_call()),
        None => shared.take(request, kept),
    };
    match play(wire, &steps, &mut open).await {
        Ok(end) => end,
        Err(_) => {
            open.leave();
            shared.aborted.send_modify(|n| *n += 1);
            End::Closed
        }
    }
}

fn counts(request: &Request, shared: &Shared) -> Option<Arc<[Step]>> {
    if request.path != "/stub/counts" {
        return None;
    }
    Some(Reply::json(200, &shared.counts()?).into())
}

async fn refuse(wire: &mut Wire) {
    let bytes = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let _ = wire.send(bytes, None).await;
}
