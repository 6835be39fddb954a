// Short words about what has just happened. Screen readers say them, too.
const SHOWN_MS = 5000;

let box;

/** Says something; `kind` is `success`, `danger` or `info`. */
export function toast(text, kind = 'success') {
    box ??= document.body.appendChild(region());
    const line = document.createElement('div');
    line.className = `toast-line toast-${kind}`;
    line.textContent = text;
    line.addEventListener('click', () => line.remove());
    box.append(line);
    // A modal dialog hides what is below it; a popover is above.
    box.hidePopover?.();
    box.showPopover?.();
    setTimeout(() => line.remove(), kind === 'danger' ? SHOWN_MS * 2 : SHOWN_MS);
}

function region() {
    const region = document.createElement('div');
    region.className = 'toasts';
    region.setAttribute('role', 'status');
    region.setAttribute('aria-live', 'polite');
    region.setAttribute('popover', 'manual');
    return region;
}
