//! Doing what a reply says, step by step.

use std::{future::pending, time::Duration};

use tokio::{io::AsyncWriteExt, time::sleep};

use crate::{
    reply::Step,
    shared::Open,
    wire::{Gone, Wire},
};

/// Whether the connection can take another request.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    KeptOpen,
    Closed,
}

/// Replies; the error is the client having left before the end.
pub async fn play(wire: &mut Wire, steps: &[Step], open: &mut Open) -> Result<End, Gone> {
    for (i, step) in steps.iter().enumerate() {
        match step {
            Step::Send(bytes) => {
                let last = is_end(&steps[i + 1..]).then_some(&mut *open);
                wire.send(bytes, last).await?;
            }
            Step::Wait(gate) => wire.unless_gone(gate.pass()).await?,
            Step::Pause(time) => pause(wire, *time).await?,
            Step::Hang => wire.unless_gone(pending()).await?,
            Step::Close => {
                open.leave();
                let _ = wire.stream.shutdown().await;
                return Ok(End::Closed);
            }
            Step::Reset => {
                open.leave();
                let _ = wire.stream.set_zero_linger();
                return Ok(End::Closed);
            }
        }
    }
    open.leave();
    Ok(End::KeptOpen)
}

/// Whether the reply does nothing more that a client could wait for.
fn is_end(steps: &[Step]) -> bool {
    matches!(steps.first(), None | Some(Step::Close | Step::Reset))
}

async fn pause(wire: &mut Wire, time: Duration) -> Result<(), Gone> {
    wire.unless_gone(sleep(time)).await
}
