// What pages are made of. `import { Button, toast } from './ui.js'`.
export { Button, CopyButton, Icon, Menu } from './ui/button.js';
export { confirm, Dialog } from './ui/dialog.js';
export { Area, Choices, Field, Select, Switch } from './ui/field.js';
export { Form, FormDialog } from './ui/form.js';
export { Empty, Failure, Loading, useLoad } from './ui/states.js';
export { Pagination } from './ui/pagination.js';
export { Snippet } from './ui/snippet.js';
export { Tabs } from './ui/tabs.js';
export { toast } from './ui/toast.js';
export { endSessions, signOut, start } from './ui/shell.js';
