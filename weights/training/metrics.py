"""Figures of a detector: positive is distorted."""
import numpy as np


def roc_auc(score, positive):
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    ranks[order] = np.arange(1, len(score) + 1)
    count = positive.sum()
    return float((ranks[positive].sum() - count * (count + 1) / 2) / max(count * (len(score) - count), 1))


def figures(logit, cause, cause_logit, names):
    """`cause` is -1 where a picture is clean. The cause counts as named where a fault was found."""
    positive, found = cause >= 0, logit > 0
    hits = int((positive & found).sum())
    named = cause_logit.argmax(1)[positive & found] == cause[positive & found]
    recall = {names[c]: round(float(found[cause == c].mean()), 2) for c in sorted(set(cause[positive].tolist()))}
    return {"n": len(logit), "f1": round(2 * hits / max(found.sum() + positive.sum(), 1), 3),
            "clean_called_distorted": round(float(found[~positive].mean()), 3), "auc": round(roc_auc(logit, positive), 3),
            "cause_named": round(float(named.mean()), 3) if len(named) else None, "recall": recall}
