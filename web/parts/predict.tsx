/** Predict, run, see: a question with two to four answers, the run that settles it, and the prediction next to the figure. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Command } from './command.tsx';

export interface PredictProps {
  readonly id: string;
  readonly question: string;
  readonly answers: readonly string[];
  /** The command that does the same as the button. */
  readonly command: string;
  readonly action?: string;
  /** Runs it and gives what was seen: the figure and one sentence why. */
  readonly run: () => Promise<{ seen: ComponentChildren; why: string }>;
}

export function Predict({ id, question, answers, command, action = 'Run it', run }: PredictProps) {
  const [chosen, setChosen] = useState<number>();
  const [step, setStep] = useState<'predict' | 'run' | 'see'>('predict');
  const [found, setFound] = useState<{ seen: ComponentChildren; why: string }>();
  const [failure, setFailure] = useState<string>();
  const start = async () => {
    setStep('run');
    setFailure(undefined);
    try {
      setFound(await run());
      setStep('see');
    } catch (error) {
      setFailure((error as Error).message);
      setStep('predict');
    }
  };
  const at = (name: typeof step) => (step === name ? 'step' : undefined);
  return (
    <section class="ask" aria-labelledby={`${id}-question`}>
      <ol class="steps">
        <li aria-current={at('predict')}>Predict</li>
        <li aria-current={at('run')}>Run</li>
        <li aria-current={at('see')}>See</li>
      </ol>
      <h2 id={`${id}-question`}>{question}</h2>
      <fieldset disabled={step === 'run'}>
        <legend class="vh">Your prediction</legend>
        {answers.map((answer, index) => (
          <label key={answer}>
            <input
              type="radio"
              name={id}
              checked={chosen === index}
              onChange={() => {
                setChosen(index);
                setStep('predict');
              }}
            />
            {answer}
          </label>
        ))}
      </fieldset>
      <div class="row" style={{ alignItems: 'center' }}>
        <button
          class="btn go"
          type="button"
          disabled={chosen === undefined || step === 'run'}
          onClick={start}
        >
          {step === 'run' ? 'Running' : action}
        </button>
        <Command>{command}</Command>
      </div>
      {failure && (
        <p class="note bad" role="alert">
          {failure}
        </p>
      )}
      {step === 'see' && found && (
        <div class="note ok" role="status" style={{ marginTop: '12px' }}>
          <p>{found.seen}</p>
          <p>
            You predicted: {answers[chosen!]} {found.why}
          </p>
        </div>
      )}
    </section>
  );
}
