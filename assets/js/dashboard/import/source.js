// Where keys come from: a file that is dropped or chosen, or text that is pasted.
import { html, useRef, useState } from '../../html.js';
import { compact, t } from '../../i18n.js';
import { Area, Button, Icon } from '../../ui.js';

export function Source({ source, onChange }) {
    const [isOver, setOver] = useState(false);
    const input = useRef();
    const over = (event) => {
        event.preventDefault();
        setOver(true);
    };
    const drop = (event) => {
        event.preventDefault();
        setOver(false);
        const [file] = event.dataTransfer.files;
        if (file) onChange({ file, text: '' });
        else onChange({ text: event.dataTransfer.getData('text') });
    };
    const picked = (event) => {
        const [file] = event.target.files;
        if (file) onChange({ file, text: '' });
        // So that the same file can be chosen again when it has changed.
        event.target.value = '';
    };
    if (source.file) return html`<${Chosen} file=${source.file} onRemove=${() => onChange({ text: '' })} />`;
    return html`
        <div class=${`drop ${isOver ? 'drop-over' : ''}`} onDragOver=${over} onDragLeave=${() => setOver(false)} onDrop=${drop}>
            <${Icon} name="upload" class="state-icon" />
            <p>${t('import-drop')}</p>
            <${Button} onClick=${() => input.current.click()}>${t('import-choose')}<//>
            <input ref=${input} class="visually-hidden" type="file" tabindex="-1" aria-label=${t('import-choose')} accept=".txt,.csv,.json,.jsonl,.ndjson,.log,text/*" onChange=${picked} />
        </div>
        <${Area} label=${t('import-paste')} hint=${t('import-formats')} rows="7" class="mono" spellcheck=${false} autocomplete="off"
            placeholder=${'sk-0123456789abcdef\nann@example.com----password----session----sk-…'} value=${source.text} onInput=${(text) => onChange({ text })} />
    `;
}

function Chosen({ file, onRemove }) {
    return html`
        <div class="drop drop-chosen">
            <${Icon} name="file-import" class="state-icon" />
            <p class="cut"><strong>${file.name}</strong> · ${t('import-bytes', { count: compact(Math.ceil(file.size / 1024)) })}</p>
            <${Button} icon="x" onClick=${onRemove}>${t('import-other')}<//>
        </div>
    `;
}
