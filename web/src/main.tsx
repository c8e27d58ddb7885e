import { render } from 'preact';
import { App } from './ui/app';
import { listenToAddress } from './state/url';
import './css/base.css';
import './css/panel.css';
import './css/results.css';
import './css/plan.css';

listenToAddress();
render(<App />, document.getElementById('app')!);
