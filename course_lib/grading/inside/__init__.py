"""The part of the grader that enters the sandbox, beside the student's code: nothing here is trusted or secret."""
