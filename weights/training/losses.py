"""What the network learns: to grade, to rank, to name the cause, to keep kinds of faults apart."""
import torch
import torch.nn.functional as F

HALF = .55      # the severity of quality 0.5: below the nominal one, so that nominal faults are found at threshold 0.5
STEEPNESS = 2.6
CERTAINTY = .98


def target(severity):
    """The probability of "distorted" that a severity stands for: 1 - quality."""
    power = severity.clamp(min=0) ** STEEPNESS
    return (1 - CERTAINTY) + (2 * CERTAINTY - 1) * power / (power + HALF ** STEEPNESS)


def grading(logit, severity):
    return F.binary_cross_entropy_with_logits(logit, target(severity))


def ranking(logit, severity, group):
    """The more severe of two pictures of a scene has the larger logit, by a margin (RankNet, Burges et al. 2005)."""
    logit, wanted = logit.view(-1, group), torch.logit(target(severity)).view(-1, group)
    margin = wanted[:, :, None] - wanted[:, None]
    found = logit[:, :, None] - logit[:, None]
    pairs = margin > .1
    return (F.softplus(.5 * margin.clamp(max=3) - found) * pairs).sum() / pairs.sum().clamp(min=1)


def naming(cause_logit, cause, severity):
    """Cross entropy with the shares of the causes; faults that nobody sees do not count."""
    weight = target(severity) * (severity > .15)
    share = cause ** 2 / (cause ** 2).sum(1, keepdim=True).clamp(min=1e-6)
    loss = -(share * F.log_softmax(cause_logit, 1)).sum(1)
    return (loss * weight).sum() / weight.sum().clamp(min=1)


def contrast(embedding, cause, severity, temperature=.1):
    """Supervised contrast (Khosla et al. 2020) among clean and clearly faulty pictures."""
    kind = torch.where(severity > 0, cause.argmax(1) + 1, torch.zeros_like(cause[:, 0], dtype=torch.long))
    clear = (severity == 0) | (severity > .7)
    others = clear[:, None] & clear[None] & ~torch.eye(len(kind), dtype=torch.bool, device=kind.device)
    similarity = (embedding @ embedding.T / temperature).masked_fill(~others, -1e9)
    log_share = similarity - similarity.logsumexp(1, keepdim=True)
    same = (kind[:, None] == kind[None]) & others
    loss = -(log_share * same).sum(1) / same.sum(1).clamp(min=1)
    return (loss * clear).sum() / clear.sum().clamp(min=1)


def total(found, severity, cause, group):
    """Of what a network found: embedding, logit, logits of the causes. Groups of `group` samples show one scene."""
    embedding, logit, cause_logit = found
    return grading(logit, severity) + .3 * ranking(logit, severity, group) + .4 * naming(cause_logit, cause, severity) + \
        .1 * contrast(embedding, cause, severity)
