/** Starts the page. */
import { render } from 'preact';
import '../styles/tokens.css';
import '../styles/app.css';
import '../pages/api/api.css';
import '../pages/company/company.css';
import '../pages/dynamodb/dynamodb.css';
import '../pages/follow/follow.css';
import '../pages/home/home.css';
import '../pages/live/live.css';
import '../pages/objects/objects.css';
import '../pages/quarantine/quarantine.css';
import '../pages/runs/runs.css';
import '../pages/sql/sql.css';
import '../pages/stream/stream.css';
import '../pages/tables/tables.css';
import '../pages/walk/walk.css';
import { go, hrefOf, listenToAddress, place } from './location.ts';
import { Shell } from './shell.tsx';

listenToAddress();
const first = document.querySelector<HTMLMetaElement>('meta[name="headwaters-study"]')?.content;
if (!place.value.study && first) go(hrefOf({ study: first, page: 'home' }), { replace: true });
render(<Shell />, document.getElementById('app')!);
